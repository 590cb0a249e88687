import { Session } from "node:inspector";

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly { readonly ranges: readonly { readonly count: number }[] }[];
  }[];
}

// Before the answer is loaded: what is compiled by then has no counters. So this file must be imported first.
const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });

/**
 * How many blocks of the answer's code, and of the primitives that it uses, run within `action`: each call of a
 * function counts, and each turn of a loop. A measure of work that is the same on every machine.
 */
export function workOf(action: () => void): number {
  takeCounts(); // From here on they begin with 0.
  action();
  return takeCounts();
}

function takeCounts(): number {
  let counted = 0;
  session.post("Profiler.takePreciseCoverage", (error, coverage) => {
    if (error !== null) throw error;
    for (const { url, functions } of (coverage as Coverage).result) {
      if (isOfTheAnswer(url))
        for (const { ranges } of functions) for (const { count } of ranges) counted += count;
    }
  });
  return counted;
}

const isOfTheAnswer = (url: string) =>
  !url.startsWith("node:") && !/\/(?:test|testkit|node_modules)\//.test(url);
