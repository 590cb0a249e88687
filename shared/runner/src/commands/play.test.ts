import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyRoad, type FixtureRoad } from "../testing/fixture-road.ts";
import { runLab, spawnLab } from "../testing/run-lab.ts";

/** In place of the site's own server: it says what it was started with. */
function serveNothing(road: FixtureRoad): void {
  mkdirSync(join(road.root, "docs"));
  writeFileSync(
    join(road.root, "docs/serve.ts"),
    "console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 3;",
  );
}

describe("lab play", () => {
  it("serves the attempt, or the reference while there is none, and ends with the server's status", async () => {
    using road = copyRoad({ types: false });
    serveNothing(road);
    road.write("play.ts", "export default {};");
    const path = (answer: string) => join(road.root, "labs/worker-pool", answer, "index.ts");
    const served = (answer: string) => `${JSON.stringify(["worker-pool", path(answer)])}\n`;
    const first = await spawnLab(road.root, ["play", "worker-pool"]);
    expect(first).toEqual({
      status: 3,
      stdout: served("solution"),
      stderr: "worker-pool is played on the reference.\n",
    });
    road.write("attempt/index.ts", "export {};");
    expect(await spawnLab(road.root, ["play", "worker-pool"])).toMatchObject({ stdout: served("attempt") });
    const other = await spawnLab(road.root, ["play", "worker-pool", "--target", "starter"]);
    expect(other.stdout).toBe(served("starter"));
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
