import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { labField, readLabs, root } from "./labs.ts";
import { brokenReferences } from "./references.ts";

const road = readFileSync(join(root, "labs", "README.md"), "utf8");
const labs = readLabs();

describe("labs/README.md", () => {
  it("has the labs in their order, with question, what each builds on, and minutes of its package.json", () => {
    const rows = road.split("\n").filter((line) => /^\| \d+ \|/.test(line));
    const expected = labs.map(
      ({ name, order, question, buildsOn, minutes }) =>
        `| ${order} | [${name}](${name}/README.md) | ${question} | ${buildsOn.join(", ") || "nothing"} | ${minutes} |`,
    );
    expect(rows).toEqual(expected);
  });

  it("adds the minutes up", () => {
    const minutes = labs.reduce((sum, lab) => sum + lab.minutes, 0);
    expect(road).toContain(`They add up to about ${Math.round(minutes / 60)} hours.`);
  });

  it("says of each way through how long it takes, to half an hour", () => {
    const ways = [...road.matchAll(/^\| [^|]+ \| ([a-z-]+(?:, [a-z-]+)+) \| ([\d.]+) hours \|$/gm)];
    expect(ways.length).toBeGreaterThan(0);
    for (const [row, names = "", hours] of ways) {
      const minutes = names.split(", ").reduce((sum, name) => sum + labField(name).minutes, 0);
      expect(Math.round(minutes / 30) / 2, row).toBe(Number(hours));
    }
  });

  it("names every challenge in the section of its lab", () => {
    for (const { name, order, challenges } of labs) {
      const [, section = ""] = new RegExp(`^### ${order}\\. ${name}$([\\s\\S]*?)^##`, "m").exec(road) ?? [];
      const [, list = ""] = section.split("Challenges: ");
      const missing = challenges.filter((challenge) => !list.includes(`\`${challenge}\``));
      expect(missing, name).toEqual([]);
    }
  });
});

describe("README.md", () => {
  it("tells of each lab that it leads to what its package.json says", () => {
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const rows = readme.split("\n").filter((line) => /^\| \d \| \[[a-z-]+\]\(labs\//.test(line));
    const expected = labs.map(
      ({ name, order, question, minutes }) =>
        `| ${order} | [${name}](labs/${name}/README.md) | ${question} | ${minutes} minutes |`,
    );
    expect(rows.filter((row) => !expected.includes(row))).toEqual([]);
  });
});

describe("the references of pages that tell where things are learned", () => {
  it.each(["labs/README.md", "docs/exercise-index.md", "docs/workshop.md", "docs/pitfalls.md"])(
    "hold in %s",
    (page) => {
      expect(brokenReferences(page)).toEqual([]);
    },
  );
});
