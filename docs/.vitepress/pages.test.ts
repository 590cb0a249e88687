import { describe, expect, it } from "vitest";
import { addressOf, labs, pageOf, pages, sources, targetOf } from "./pages.ts";

describe("pages", () => {
  it.each([
    ["docs/index.md", "/"],
    ["docs/results.md", "/results.html"],
    ["labs/README.md", "/labs/"],
    ["labs/pubsub/README.md", "/labs/pubsub/"],
    ["labs/pubsub/TRADEOFFS.md", "/labs/pubsub/tradeoffs.html"],
    ["labs/pubsub/engines/README.md", "/labs/pubsub/engines/"],
    ["docs/play/pubsub.md", "/labs/pubsub/play.html"],
    ["docs/race/pubsub.md", "/labs/pubsub/race.html"],
    ["CONTRIBUTING.md", "/contributing.html"],
  ])("%s has the address %s", (file, address) => {
    expect(addressOf(pageOf(file))).toBe(address);
  });

  it("are those of the labs, the shared packages and the docs, without hints and attempts", () => {
    expect(pages).toEqual(expect.arrayContaining(["labs/pubsub/README.md", "shared/testkit/README.md"]));
    expect(pages.filter((page) => /HINTS|attempt|node_modules|fixtures|\[/.test(page))).toEqual([]);
    expect(sources).toContain("labs/pubsub/contract.ts");
  });

  it("know nine labs in the order of the road, each with a scene and a race", () => {
    expect(labs.map(({ order }) => order)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(labs.filter(({ scene, race }) => scene === undefined || race === undefined)).toEqual([]);
  });
});

describe("targetOf", () => {
  it.each([
    ["labs/pubsub/README.md", "TRADEOFFS.md", "/labs/pubsub/tradeoffs.html"],
    ["labs/pubsub/README.md", "../../shared/primitives/README.md", "/shared/primitives/"],
    ["labs/pubsub/README.md", "contract.ts", "/source/labs/pubsub/contract.html"],
    ["labs/pubsub/README.md", "../../README.md", "/"],
    ["labs/pubsub/README.md", "solution", undefined],
  ])("a link from %s to %s leads to %s", (from, to, target) => {
    expect(targetOf(from, to)).toBe(target);
  });

  it("refuses a link to what is not there", () => {
    expect(() => targetOf("docs/index.md", "nowhere.md")).toThrow(
      "docs/index.md links to nowhere.md, which is not there",
    );
  });
});
