import { utimesSync } from "node:fs";
import { join } from "node:path";
import { Recorder } from "@pattern-labs/picture";
import { describe, expect, it } from "vitest";
import { copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { runLab } from "../testing/run-lab.ts";

function leavePicture(road: FixtureRoad, name: string, target = "attempt"): void {
  const recorder = new Recorder({ title: `the title of ${name}`, limits: { pages: 1 }, now: () => 0 });
  for (const page of ["/a", "/b"]) recorder.begin("pages", "running", page);
  road.write(`.pictures/${target}/${name}.html`, "<!doctype html>");
  road.write(`.pictures/${target}/${name}.json`, JSON.stringify(recorder));
}

describe("lab picture", () => {
  it("says so when there is none", async () => {
    using road = copyRoad();
    expect(await runLab(road.root, ["picture", "worker-pool"])).toEqual({
      status: 2,
      stdout: "",
      stderr:
        "lab: There is no picture of worker-pool: no test that records what happens has failed.\n" +
        "     They are drawn by: npx lab test worker-pool\n",
    });
  });

  it("prints the path of the first failing test's page, and names the others", async () => {
    using road = copyRoad();
    for (const name of ["2.10-later", "2.9-earlier", "priority.1-beyond"]) leavePicture(road, name);
    const { status, stdout, stderr } = await runLab(road.root, ["picture", "worker-pool"]);
    expect(status).toBe(0);
    expect(stdout.replaceAll("\\", "/")).toBe("labs/worker-pool/.pictures/attempt/2.9-earlier.html\n");
    expect(stderr).toBe("More pictures: npx lab picture --title 2.10, priority.1\n");
  });

  it("draws it here with --text, another one with --title", async () => {
    using road = copyRoad();
    for (const name of ["1.1-first", "1.2-all-workers-run"]) leavePicture(road, name);
    const { stdout } = await runLab(road.root, [
      "picture",
      "worker-pool",
      "--text",
      "--title",
      "All workers",
    ]);
    expect(stdout).toContain("the title of 1.2-all-workers-run");
    expect(stdout).toContain("pages: 2 ran at once; the limit is 1");
    expect(stdout).not.toContain("\x1b");
  });

  it("shows those of the answer that was drawn last, a bug's as well", async () => {
    using road = copyRoad();
    leavePicture(road, "1.1-first");
    leavePicture(road, "1.2-hidden", "bug");
    utimesSync(join(road.root, "labs/worker-pool/.pictures/attempt/1.1-first.html"), 1, 1);
    expect((await runLab(road.root, ["picture", "worker-pool"])).stdout).toContain("1.2-hidden");
  });

  it("names those that there are when none has the title", async () => {
    using road = copyRoad();
    leavePicture(road, "1.1-first");
    const { status, stderr } = await runLab(road.root, ["picture", "worker-pool", "--title", "9.9"]);
    expect(status).toBe(2);
    expect(stderr).toContain('has "9.9" in its title.\n     These have one: 1.1\n');
  });

  it.each(["", "  ", "!"])("refuses the title %j, which any test would have", async (title) => {
    using road = copyRoad();
    leavePicture(road, "1.1-first");
    expect(await runLab(road.root, ["picture", "worker-pool", "--title", title])).toEqual({
      status: 2,
      stdout: "",
      stderr: `lab: --title must be a guarantee's number or a part of a test's title, got "${title}".\n`,
    });
  });

  it("shows the reference's where the attempt has none", async () => {
    using road = copyRoad();
    leavePicture(road, "1.1-first", "reference");
    expect((await runLab(road.root, ["picture", "worker-pool"])).stdout).toContain("reference");
  });
});
