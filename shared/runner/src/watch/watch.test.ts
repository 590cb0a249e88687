import { describe, expect, it } from "vitest";
import { copyStarter } from "../attempt.ts";
import { copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { type Screen, type ScreenOf, screenHere, screenOf } from "../testing/screen-of.ts";

const leaveAlternate = "\u001b[?25h\u001b[?1049l";

/** Whatever way the command ended, the terminal is as it was. */
function expectTerminalGivenBack(screen: Screen): void {
  expect(screen.written().lastIndexOf(leaveAlternate)).toBeGreaterThan(
    screen.written().lastIndexOf("\u001b[?1049h"),
  );
  expect(screen.told()).toMatch(/\[raw mode off\]$/);
}

/** A lab that is passed with its first step. */
function leaveOnlyFirstStep(road: FixtureRoad): void {
  const { lab, ...manifest } = JSON.parse(road.read("package.json"));
  road.write(
    "package.json",
    JSON.stringify({ ...manifest, lab: { ...lab, steps: ["Enter"], challenges: [] } }),
  );
}

describe("lab watch", () => {
  it("judges at each save, stops at success, goes on at n, and gives the terminal back at q", async () => {
    using road = copyRoad({ types: false });
    copyStarter(road.lab());
    await using screen = screenOf(road.root, ["watch"]);
    await screen.shows(/○ 1\.1.*not written yet/);

    road.write("attempt/index.ts", road.read("solution/index.ts").replace("=== limit", "> limit"));
    await screen.shows(/✘ 1\.1[\s\S]*happened {2}3 got in/);

    road.write("attempt/index.ts", road.read("solution/index.ts"));
    expect(await screen.shows(/✔ Step 1 passes[\s\S]*judged in/)).toContain("Press n for step 2 of 2");

    screen.press("n");
    await screen.shows(/✔ Step 2 passes[\s\S]*The step before still holds/);
    screen.press("n");
    await screen.shows(/✔ Challenge names passes/);
    screen.press("h");
    await screen.shows(/Hint 1 of 1[\s\S]*Keep a list/);
    screen.press("\u001b");
    await screen.shows(/✔ Challenge names passes/);
    screen.press("q");
    expect(await screen.status).toBe(0);
    expectTerminalGivenBack(screen);
  });

  it("tells a syntax error, then starts afresh at x and y", async () => {
    using road = copyRoad({ types: false });
    road.write("attempt/index.ts", "export function createGate( { return 1 }");
    await using screen = screenHere(road.root, ["watch"]);
    await screen.shows(/attempt\/index\.ts:1:\d+/);
    screen.press("x");
    await screen.shows(/start afresh\?/);
    screen.press("y");
    await screen.shows(/○ 1\.1.*not written yet[\s\S]*kept in \.attempts\/worker-pool/);
    screen.press("q");
    expect(await screen.status).toBe(0);
  });

  it("ends at Ctrl-C with status 130, even while the attempt loops for ever", async () => {
    using road = copyRoad({ types: false });
    road.write("attempt/index.ts", "export function createGate() { for (;;) {} }");
    await using screen = screenHere(road.root, ["watch"]);
    await screen.shows(/running 1\.1/);
    screen.press("\u0003");
    expect(await screen.status).toBe(130);
    expectTerminalGivenBack(screen);
  });

  it.each([
    ["SIGINT", 130, (screen: ScreenOf) => screen.kill("SIGINT")],
    ["SIGTERM", 143, (screen: ScreenOf) => screen.kill("SIGTERM")],
  ])("ends at %s with status %i, even while the attempt loops for ever", async (_, expected, interrupt) => {
    using road = copyRoad({ types: false });
    road.write("attempt/index.ts", "export function createGate() { for (;;) {} }");
    await using screen = screenOf(road.root, ["watch"]);
    await screen.shows(/running 1\.1/);
    interrupt(screen);
    expect(await screen.status).toBe(expected);
    expectTerminalGivenBack(screen);
  });

  it("prints plain lines where there is no terminal", async () => {
    using road = copyRoad({ types: false });
    copyStarter(road.lab());
    await using screen = screenOf(road.root, ["watch"], { terminal: false });
    await screen.shows(/0 of 2 core tests pass/);
    road.write("attempt/index.ts", road.read("solution/index.ts"));
    await screen.shows(/2 of 2 core tests pass/);
    expect(screen.written()).not.toContain("\u001b");
    screen.kill("SIGINT");
    expect(await screen.status).toBe(130);
  });

  it("runs the text that was saved last, although the one before loops for ever", async () => {
    using road = copyRoad({ types: false });
    road.write("attempt/index.ts", "export function createGate() { for (;;) {} }");
    await using screen = screenHere(road.root, ["watch"]);
    await screen.shows(/running 1\.1/);
    road.write("attempt/index.ts", road.read("solution/index.ts"));
    await screen.shows(/✔ Step 1 passes/);
    screen.press("q");
    expect(await screen.status).toBe(0);
  });

  it("keeps the reference for afterwards at c, then opens the comparison and comes back from it", async () => {
    using road = copyRoad({ types: false, tests: ["1-enter"] });
    leaveOnlyFirstStep(road);
    copyStarter(road.lab());
    await using screen = screenHere(road.root, ["watch"]);
    await screen.shows(/not written yet[\s\S]*waiting for a save/);
    screen.press("c");
    await screen.shows(/The reference is for afterwards/);
    road.write("attempt/index.ts", road.read("solution/index.ts"));
    await screen.shows(/Step 1 passes[\s\S]*Press c to see it beside the reference/);
    screen.press("c");
    await screen.shows(/compare worker-pool · guarantees/);
    screen.press("q");
    await screen.shows(/step 1 of 1[\s\S]*waiting for a save/);
    screen.press("q");
    expect(await screen.status).toBe(0);
  });

  it("says at b how long the measuring takes and how to go back, and ends with it at SIGTERM", async () => {
    using road = copyRoad({ types: false });
    copyStarter(road.lab());
    await using screen = screenOf(road.root, ["watch"]);
    await screen.shows(/not written yet[\s\S]*waiting for a save/);
    screen.press("b");
    await screen.shows(/Ctrl-C goes back to your attempt/);
    await screen.tells(/3 rows, each in 5 rounds: about \d+ s\./);
    screen.kill("SIGTERM");
    expect(await screen.status).toBe(143);
  });
});
