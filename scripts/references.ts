import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { labField, root } from "./labs.ts";

/**
 * What is wrong with the references of a page, in words. A link that names a step ("pipeline step 2"), a guarantee
 * ("pipeline 5.4") or a challenge ("pipeline batches") of a lab must lead to the section of its README in which that
 * is listed; one that names a primitive must lead to it; and whatever a link leads to must be there.
 *
 * @param page from the root of the repository: "docs/workshop.md"
 */
export function brokenReferences(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8").replace(/^```[\s\S]*?^```$/gm, "");
  return [...text.matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].flatMap(([link, name = "", target = ""]) => {
    const fault = /^[a-z]+:/.test(target) ? undefined : faultOf(page, name, target);
    return fault === undefined ? [] : [`${link}: ${fault}`];
  });
}

function faultOf(page: string, name: string, target: string): string | undefined {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? join(root, page) : resolve(root, dirname(page), path);
  if (!existsSync(file)) return "it does not exist";
  const place = relative(root, file).split(sep);
  const [folder, lab = "", rest] = place;
  if (folder === "labs" && rest === "README.md" && anchor !== undefined) return faultInLab(lab, name, anchor);
  if (place.join("/").startsWith("shared/primitives/src/") && basename(file, ".ts") !== name) {
    return `it leads to ${basename(file, ".ts")}`;
  }
  return undefined;
}

function faultInLab(lab: string, name: string, anchor: string): string | undefined {
  const [named, ...words] = name.split(" ");
  if (named !== lab || words.length === 0) return undefined;
  const [word = "", number] = words;
  const { steps, challenges } = labField(lab);
  if (word === "step") {
    if (Number(number) < 1 || Number(number) > steps.length) return `${lab} has ${steps.length} steps`;
    return anchor === "steps" ? undefined : "a step is described under #steps";
  }
  const [group = ""] = word.split(".");
  const isChallenge = challenges.includes(group);
  if (word.includes(".")) {
    const readme = readFileSync(join(root, "labs", lab, "README.md"), "utf8");
    if (!readme.includes(`**${word}**`)) return `${lab} has no guarantee ${word}`;
  } else if (!isChallenge) return `${lab} has no challenge ${word}`;
  const section = isChallenge ? "going-further" : "the-contract";
  return anchor === section ? undefined : `it stands under #${section}`;
}
