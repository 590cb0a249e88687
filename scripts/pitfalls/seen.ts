import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { createJudge, type Failure, type Judgement } from "@pattern-labs/testkit/judge";
import { readLabs, root } from "../labs.ts";
import { fingerprintOf, nameOf, type Variant } from "./variants.ts";

/** What a test said of a broken variant. */
export interface Seen {
  /** The fingerprint of the variant that it was said of: it may have changed since. */
  readonly of: string;
  /** What happened, in the words of the problem. */
  readonly happened: string;
  readonly why?: string;
}

export type SeenByName = ReadonlyMap<string, Seen>;

const folder = join(import.meta.dirname, "seen");

/** What is recorded, by "worker-pool/no-limit". */
export function readSeen(): SeenByName {
  const files = globSync("*.json", { cwd: folder });
  return new Map(
    files.flatMap((file) => {
      const records = JSON.parse(readFileSync(join(folder, file), "utf8")) as Record<string, Seen>;
      return Object.entries(records).map(([id, seen]) => [`${basename(file, ".json")}/${id}`, seen]);
    }),
  );
}

/** Nothing is recorded of it, or of what it was before it changed. */
export function isStale(variant: Variant, seen: SeenByName): boolean {
  return seen.get(nameOf(variant))?.of !== fingerprintOf(variant);
}

/** Has the tests look at whatever changed since they last did, and records what they said. */
export async function recordSeen(variants: readonly Variant[]): Promise<void> {
  const before = readSeen();
  for (const { name: lab } of readLabs()) {
    const own = variants.filter((variant) => variant.lab === lab);
    const stale = own.filter((variant) => isStale(variant, before));
    const fresh = stale.length === 0 ? new Map<string, Seen>() : await lookAt(lab, stale);
    const records = own.flatMap((variant) => {
      const seen = fresh.get(variant.id) ?? before.get(nameOf(variant));
      return seen === undefined ? [] : [[variant.id, seen] as const];
    });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${lab}.json`), `${JSON.stringify(Object.fromEntries(records), null, 2)}\n`);
  }
}

async function lookAt(lab: string, variants: readonly Variant[]): Promise<Map<string, Seen>> {
  console.log(`${lab}: ${variants.length} variants that are new or have changed`);
  const labDir = join(root, "labs", lab);
  await using judge = await createJudge({ labDir });
  const judgements = await judge.run(
    variants.map((mutant) => ({
      answer: { kind: "variant", mutant },
      files: filesWith(mutant.caughtBy, labDir),
      titles: [mutant.caughtBy],
      bail: true,
    })),
  );
  return new Map(variants.map((variant, i) => [variant.id, seenIn(judgements[i], variant)]));
}

/** "1.2" is tested in test/1-….test.ts, "priority.1" in test/challenge-priority.test.ts. */
function filesWith(guarantee: string, labDir: string): string[] {
  const [group = ""] = guarantee.split(".");
  const pattern = /^\d+$/.test(group) ? `test/${group}-*.test.ts` : `test/challenge-${group}.test.ts`;
  return globSync(pattern, { cwd: labDir }).map((file) => file.replaceAll("\\", "/"));
}

function seenIn(judgement: Judgement | undefined, variant: Variant): Seen {
  const failure = judgement?.tests.find(({ state }) => state === "failed")?.failure ?? judgement?.problems[0];
  if (failure === undefined)
    throw new Error(`Cannot tell what ${nameOf(variant)} looks like: no test failed`);
  const { why } = failure;
  return { of: fingerprintOf(variant), happened: happenedIn(failure), ...(why === undefined ? {} : { why }) };
}

/** In one line, and without places in the code: those move with every edit. */
export function happenedIn({
  happened,
  summary,
  message,
}: Pick<Failure, "happened" | "summary" | "message">) {
  const [first = "", ...rest] = (happened ?? summary ?? message).split("\n").map((line) => line.trim());
  const text = inOneLine(first, rest);
  return text.length <= longest ? text : `${text.slice(0, longest).replace(/\s+\S*$/, "")} …`;
}

const longest = 220;

function inOneLine(first: string, rest: readonly string[]): string {
  if (first.startsWith("Everything has come to a halt")) {
    const end = rest.findIndex((line) => line.startsWith("Parked"));
    return `nothing moves any more: ${rest.slice(0, end === -1 ? rest.length : end).join("; ")}`;
  }
  if (first.startsWith("A promise was rejected")) return `an unhandled rejection: ${rest[0]}`;
  if (first.startsWith("When all is over")) {
    const left = rest.map((line) => line.replace(/ of \S+(?: \(.*\))?$/, ""));
    return `still there when all is over: ${[...new Set(left)].join(", ")}`;
  }
  if (first.startsWith("All is over")) {
    const left = rest.filter((line) => /^\d+\. /.test(line)).map((line) => line.replace(/^\d+\. /, ""));
    return `still there when all is over: ${left.join(", ")}`;
  }
  return first.startsWith("Hung") ? first.replace(/, (?:in|at) .*/, "") : first;
}
