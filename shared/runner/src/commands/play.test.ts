import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { runLab, spawnLab } from "../testing/run-lab.ts";

/** In place of the site's own server: this is done with what it was started with. */
function serveNothing(road: FixtureRoad, use: "console.log" | "noteDown"): void {
  mkdirSync(join(road.root, "docs"), { recursive: true });
  writeFileSync(
    join(road.root, "docs/serve.ts"),
    `import { writeFileSync } from "node:fs";
     const noteDown = (heard: string) => writeFileSync(import.meta.dirname + "/heard.json", heard);
     ${use}(JSON.stringify(process.argv.slice(2)));
     process.exitCode = 3;`,
  );
}

describe("lab play", () => {
  it("serves the attempt, or the reference while there is none, and ends with the server's status", async () => {
    using road = copyRoad({ types: false });
    serveNothing(road, "console.log");
    road.write("play.ts", "export default {};");
    const path = (answer: string) => join(road.root, "labs/worker-pool", answer, "index.ts");
    const served = (answer: string) => JSON.stringify(["worker-pool", path(answer)]);
    const first = await spawnLab(road.root, ["play", "worker-pool"]);
    expect(first).toEqual({
      status: 3,
      stdout: `${served("solution")}\n`,
      stderr: "worker-pool is played on the reference.\n",
    });
    serveNothing(road, "noteDown");
    const heard = () => readFileSync(join(road.root, "docs/heard.json"), "utf8");
    road.write("attempt/index.ts", "export {};");
    expect(await runLab(road.root, ["play", "worker-pool"])).toMatchObject({ status: 3 });
    expect(heard()).toBe(served("attempt"));
    await runLab(road.root, ["play", "worker-pool", "--target", "starter"]);
    expect(heard()).toBe(served("starter"));
  });

  it("refuses a lab without a scene, and an answer that is not there", async () => {
    using road = copyRoad();
    expect(await runLab(road.root, ["play", "worker-pool"])).toMatchObject({
      status: 2,
      stderr: "lab: worker-pool has no scene to be played yet.\n",
    });
    road.write("play.ts", "export default {};");
    const { status, stderr } = await runLab(road.root, ["play", "worker-pool", "--target", "attempt"]);
    expect(status).toBe(2);
    expect(stderr).toContain("There is no attempt at worker-pool yet.");
  });
});
