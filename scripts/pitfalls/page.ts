import { readLabs } from "../labs.ts";
import { excerptOf } from "./excerpt.ts";
import { goPitfalls } from "./go.ts";
import type { Chapter, Classic, Kind } from "./kind.ts";
import { chapters, kinds } from "./kinds.ts";
import type { Seen, SeenByName } from "./seen.ts";
import { nameOf, type Variant } from "./variants.ts";

/** docs/pitfalls.md as it must be. */
export function pageOf(variants: readonly Variant[], seen: SeenByName): string {
  const blocks = [
    ...introduction(variants),
    ...chapters.flatMap((chapter) => [
      `- ${chapter.title}: ${chapter.kinds.map((kind) => contentsOf(kind, variants)).join(", ")}`,
    ]),
    "",
    ...fromGo(),
    ...chapters.flatMap((chapter) => chapterLines(chapter, variants, seen)),
  ];
  return `${blocks.join("\n").trimEnd()}\n`;
}

function introduction(variants: readonly Variant[]): string[] {
  return [
    "# Pitfalls",
    "",
    "The labs' tests are proven: each lab keeps broken variants of its reference, and each of them must be caught by the test that it names.",
    `So there is a list of mistakes that every run of \`npm test\` checks: ${variants.length}, in ${readLabs().length} labs.`,
    `Here they are, in ${kinds.length} kinds, by what goes wrong; each kind shows an edit or two that broke a correct program, and what the test then said.`,
    "",
    "Read a lab first: what follows gives its answers away. (It does not tell which of them `npx lab bug` has hidden for you.)",
    "In the code, `-` is the broken line, and `+` the one that stands in the reference. The full lists are folded; they are long.",
    "",
    "_Written by `node scripts/pitfalls.ts` from the labs' `mutants.ts`; a test compares._",
    "",
  ];
}

function contentsOf(kind: Kind, variants: readonly Variant[]): string {
  return `${linkTo(kind)} (${ofKind(kind, variants).length})`;
}

function fromGo(): string[] {
  return [
    "## What Go programmers are warned of",
    "",
    "| pitfall | in Go | here | see |",
    "|---|---|---|---|",
    ...goPitfalls.map(
      ({ name, inGo, here, kinds: keys }) =>
        `| ${name} | ${inGo} | ${here} | ${keys.map((key) => linkTo(kindCalled(key))).join(", ")} |`,
    ),
    "",
  ];
}

function chapterLines(chapter: Chapter, variants: readonly Variant[], seen: SeenByName): string[] {
  return [`## ${chapter.title}`, "", ...chapter.kinds.flatMap((kind) => kindLines(kind, variants, seen))];
}

function kindLines(kind: Kind, variants: readonly Variant[], seen: SeenByName): string[] {
  const own = ofKind(kind, variants);
  return [
    `### ${kind.title}`,
    "",
    kind.text,
    "",
    `**What one sees:** ${kind.sign}`,
    "",
    ...kind.classics.flatMap((classic) => classicLines(classic, own, seen)),
    `<details><summary>${own.length === 1 ? "The one" : `All ${own.length}`} of this kind</summary>`,
    "",
    "| the mistake | what the test says | caught by |",
    "|---|---|---|",
    ...own.map(
      (variant) =>
        `| ${prose(variant.bug)} | ${prose(seenOf(variant, seen).happened)} | ${guaranteeOf(variant)} |`,
    ),
    "",
    "</details>",
    "",
  ];
}

function classicLines(classic: Classic, own: readonly Variant[], seen: SeenByName): string[] {
  const variant = own.find((one) => nameOf(one) === classic.variant);
  if (variant === undefined) {
    throw new RangeError(`Cannot show ${classic.variant}: no variant of its kind has that name`);
  }
  const { file, lines } = excerptOf(variant, classic);
  const { happened, why } = seenOf(variant, seen);
  return [
    `**${variant.lab}**, \`${file}\`: ${prose(variant.bug)}`,
    "",
    "```diff",
    ...lines,
    "```",
    "",
    `Caught by ${guaranteeOf(variant)}: ${sentence(prose(happened))}${why === undefined ? "" : ` _${prose(why)}_`}`,
    "",
  ];
}

const ofKind = ({ key }: Kind, variants: readonly Variant[]) => variants.filter(({ kind }) => kind === key);

function kindCalled(key: string): Kind {
  const kind = kinds.find((one) => one.key === key);
  if (kind === undefined) throw new RangeError(`There is no kind "${key}"`);
  return kind;
}

function seenOf(variant: Variant, seen: SeenByName): Seen {
  const found = seen.get(nameOf(variant));
  if (found === undefined) {
    throw new RangeError(`Nothing is recorded of ${nameOf(variant)}: node scripts/pitfalls.ts`);
  }
  return found;
}

/** "1.2" stands under "The contract" in its lab's README, "priority.1" under "Going further". */
function guaranteeOf({ lab, caughtBy }: Variant): string {
  const section = /^\d/.test(caughtBy) ? "the-contract" : "going-further";
  return `[${lab} ${caughtBy}](../labs/${lab}/README.md#${section})`;
}

const linkTo = ({ title }: Kind): string => `[${title.toLowerCase()}](#${anchorOf(title)})`;

/** As GitHub makes it of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

/** Text in which nothing means anything to Markdown, but for code in backticks. */
function prose(text: string): string {
  return text
    .split(/(`[^`]*`)/)
    .map((part, i) => (i % 2 === 1 ? part.replaceAll("|", "\\|") : escaped(part)))
    .join("");
}

function escaped(text: string): string {
  return text
    .replace(/[\\*_[\]|`]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("{", "&#123;");
}

const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`);
