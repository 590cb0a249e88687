/**
 * The vitest setup file of everything that is tested with this kit: it runs before the code under test is loaded.
 */
import { afterEach, beforeEach } from "vitest";
import { installDelegates } from "./clock.ts";
import { currentTest } from "./current-test.ts";
import { keepPicture } from "./pictures.ts";
import "./watchdog.ts";

installDelegates();

// Opened here, so that a console.log in the middle of a scenario is not taken for I/O of the code under test.
void process.stdout;
void process.stderr;

beforeEach(({ task }) => {
  currentTest.title = task.name;
});

afterEach(({ task }) => keepPicture(task));
