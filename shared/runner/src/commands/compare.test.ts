import { describe, expect, it } from "vitest";
import { attemptReference, copyRoad, type FixtureRoad, notePass } from "../testing/fixture-road.ts";
import { runLab, spawnLab } from "../testing/run-lab.ts";
import { screenHere } from "../testing/screen-of.ts";

/** An answer of another make than the reference, without the challenge. */
function attemptCountUp(road: FixtureRoad): void {
  road.write("attempt/index.ts", road.read("accepted/count-up/index.ts").replace("../../", "../"));
}

describe("lab compare", () => {
  it("keeps the reference for afterwards, and says what is missing", async () => {
    using road = copyRoad({ types: false });
    const before = await runLab(road.root, ["compare"]);
    expect(before).toMatchObject({ status: 1, stderr: "" });
    expect(before.stdout).toMatch(/no attempt[\s\S]*npx lab start worker-pool[\s\S]*--reveal/);
    attemptReference(road);
    const { stdout } = await runLab(road.root, ["compare"]);
    expect(stdout).toMatch(/not passed: 1 Enter and 2 Leave[\s\S]*watch worker-pool --step 1/);
    expect(stdout).not.toContain("inside.push");
  });

  it("after a pass shows both, what each holds, their sizes and the trade-offs", async () => {
    using road = copyRoad({ types: false, tests: ["1-enter", "challenge-names"] });
    attemptCountUp(road);
    notePass(road);
    const { status, stdout } = await spawnLab(road.root, ["compare"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/✔ +✔ +1\.1 never[\s\S]*– +✔ +names\.1/);
    expect(stdout).toMatch(/Your attempt holds 2 of 3 guarantees and the reference holds 3 of 3/);
    expect(stdout).toMatch(/lines +16 +19\n/);
    expect(stdout).toMatch(/your attempt · labs\/worker-pool\/attempt\/index.ts:7\nenter: \(\) => \{/);
    expect(stdout).toMatch(/reference · labs\/worker-pool\/solution\/index.ts:11\nenter: \(name/);
    expect(stdout).toContain("A counter is enough");
    expect(stdout).not.toContain("\u001b");
  });

  it("gives all of it as JSON when asked for it", async () => {
    using road = copyRoad({ types: false, tests: ["challenge-names"] });
    attemptCountUp(road);
    const json = JSON.parse((await runLab(road.root, ["compare", "--reveal", "--json"])).stdout);
    expect(json.guarantees).toContainEqual({
      guarantee: "names.1",
      title: "names.1 tells who is inside",
      attempt: "skipped",
      reference: "passed",
    });
    expect(json.pairs.map((pair: { name: string }) => pair.name)).toEqual([
      "createGate",
      "enter",
      "leave",
      "names",
    ]);
    expect(json.sizes.attempt).toMatchObject({ files: 1, primitives: [] });
  });

  it("reveals before a pass what it is asked to, and that an attempt does not hold", async () => {
    using road = copyRoad({ types: false, tests: ["1-enter"] });
    road.write("attempt/index.ts", road.read("wrong/inside-out/index.ts").replace("../../", "../"));
    const { status, stdout } = await runLab(road.root, ["compare", "--reveal"]);
    expect(status).toBe(0);
    expect(stdout).toMatch(/✘ +✔ +1\.1 never[^\n]*\n +3 got in/);
  });

  it("is read section by section in a terminal, which is given back at q", async () => {
    using road = copyRoad({ types: false, tests: ["2-leave"] });
    await using screen = screenHere(road.root, ["compare", "--reveal"]);
    await screen.shows(/guarantees +1 of \d[\s\S]*✔ +2\.1/);
    screen.press("\u001b[C\u001b[C");
    await screen.shows(/createGate +3 of \d/);
    screen.press("q");
    expect(await screen.status).toBe(0);
    expect(screen.written().endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  });

  it("ends at Ctrl-C with status 130, while the tests still run", async () => {
    using road = copyRoad({ types: false });
    road.write("attempt/index.ts", "for (;;);");
    await using screen = screenHere(road.root, ["compare", "--reveal"]);
    await screen.shows(/The tests are being run/);
    screen.press("\u0003");
    expect(await screen.status).toBe(130);
    expect(screen.told()).toContain("[raw mode off]");
  });
});
