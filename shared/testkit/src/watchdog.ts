/**
 * Ends a test process that is stuck: in a loop that never returns, or in promises that never let anything else happen
 * (`while (!done) await null`). No time limit inside the process can do that, for no timer fires there any more. So a
 * second thread watches, by the CPU time that is burnt while the event loop stands still: never by the clock, which
 * runs as fast for a process that merely waits its turn.
 *
 * Part of the setup file: importing it starts the watch.
 */
import { writeSync } from "node:fs";
import { beforeEach } from "vitest";
import { type BegunReport, HUNG_AFTER_VARIABLE, REPORT_FD_VARIABLE } from "./watchdog/report.ts";
import { watchThisProcess } from "./watchdog/watch.ts";

/** One watch for each process, however often a process runs this file. */
const WATCHED = Symbol.for("pattern-labs.watchdog");

const reportFd = Number(process.env[REPORT_FD_VARIABLE]) || undefined;

const flags = globalThis as { [WATCHED]?: true };
if (!flags[WATCHED]) {
  flags[WATCHED] = true;
  watchThisProcess({
    limitMs: Number(process.env[HUNG_AFTER_VARIABLE] ?? 5_000),
    ...(reportFd && { reportFd }),
  });
}

// Written at once, not sent: a message would wait for the very event loop that a hanging test never lets turn again.
if (reportFd !== undefined) {
  beforeEach(({ task }) => {
    const report: BegunReport = { kind: "begun", id: task.id, title: task.name };
    writeSync(reportFd, `${JSON.stringify(report)}\n`);
  });
}
