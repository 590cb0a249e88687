/**
 * Every primitive runs in a browser, except those that start a thread of Node's. Each entry is bundled by itself, as an
 * application's bundler would, read for what only Node has, and run where there is nothing but what browsers have.
 */
import { globSync } from "node:fs";
import { basename, join } from "node:path";
import vm from "node:vm";
import { type OutputChunk, rolldown } from "rolldown";
import { parseAst } from "rolldown/parseAst";
import { describe, expect, it } from "vitest";

/** What starts threads of Node's says so in its name, and alone may import from `node:`. */
const needsNode = (name: string) => name.startsWith("thread-");

const entries = globSync("*.ts", { cwd: import.meta.dirname })
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => basename(file, ".ts"))
  .toSorted();
const forBrowsers = entries.filter((name) => !needsNode(name));

describe("an entry for browsers", () => {
  it.for(forBrowsers)(
    "imports nothing from outside, and uses nothing that only Node has: %s",
    async (name) => {
      const { imports, code } = await bundle(name);
      expect(imports).toEqual([]);
      expect(nodeGlobalsIn(code)).toEqual([]);
    },
  );

  it.for(forBrowsers)("loads where there are only the globals of a browser: %s", async (name) => {
    const { code } = await bundle(name);
    expect(Object.keys(load(code)).length).toBeGreaterThan(0);
  });

  it("works there: a channel hands values over, and an abort ends the waiting", async () => {
    const { code } = await bundle("channel");
    const told = load(
      code,
      `(async () => {
        const channel = new entry.Channel(1);
        const received = [];
        const receiver = (async () => { for await (const value of channel) received.push(value); })();
        for (const value of [1, 2, 3]) await channel.send(value);
        channel.close();
        await receiver;
        const leaving = new AbortController();
        const waiting = new entry.Channel(0).receive({ signal: leaving.signal }).catch((reason) => received.push(reason));
        leaving.abort("gone");
        await waiting;
        return received.join(" ");
      })()`,
    );
    expect(await told).toBe("1 2 3 gone");
  });
});

describe("an entry that starts threads", () => {
  it("imports nothing but Node", async () => {
    const bundled = await Promise.all(entries.filter(needsNode).map(bundle));
    const imports = bundled.flatMap((one) => one.imports);
    expect(imports.filter((from) => !from.startsWith("node:"))).toEqual([]);
  });
});

interface Bundle {
  /** What is left to be imported from elsewhere. */
  readonly imports: readonly string[];
  /** A script that sets the variable `entry`. */
  readonly code: string;
}

const bundles = new Map<string, Promise<Bundle>>();

function bundle(name: string): Promise<Bundle> {
  const known = bundles.get(name) ?? bundleAnew(name);
  bundles.set(name, known);
  return known;
}

async function bundleAnew(name: string): Promise<Bundle> {
  const input = join(import.meta.dirname, `${name}.ts`);
  const imports = new Set<string>();
  await using build = await rolldown({
    input,
    platform: "browser",
    // What is not a file of ours stays outside, and is told.
    external: (id, importer) => {
      const isForeign = importer !== undefined && !/^[./]|^\0/.test(id);
      if (isForeign) imports.add(id);
      return isForeign;
    },
    logLevel: "silent",
  });
  const { output } = await build.generate({ format: "iife", name: "entry", exports: "named" });
  const code = output.filter((one): one is OutputChunk => one.type === "chunk").map((chunk) => chunk.code);
  return { imports: [...imports], code: code.join("\n") };
}

const onlyInNode = [
  "process",
  "Buffer",
  "global",
  "require",
  "__dirname",
  "__filename",
  "setImmediate",
  "clearImmediate",
];

/** Which of Node's own globals a script uses without having looked, by `typeof`, whether they are there. */
function nodeGlobalsIn(code: string): string[] {
  const used = new Set<string>();
  const guarded = new Set<string>();
  visit(parseAst(code), (node, parent) => {
    if (node["type"] === "UnaryExpression" && node["operator"] === "typeof")
      guarded.add(nameOf(node["argument"]));
    const isMember =
      parent?.["type"] === "MemberExpression" && parent["property"] === node && !parent["computed"];
    const isKey = parent?.["key"] === node && parent["computed"] !== true;
    if (node["type"] === "Identifier" && !isMember && !isKey) used.add(nameOf(node));
  });
  return onlyInNode.filter((name) => used.has(name) && !guarded.has(name));
}

type Node = Readonly<Record<string, unknown>>;

function visit(node: unknown, see: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  if (Array.isArray(node)) for (const one of node) visit(one, see, parent);
  else if (typeof node === "object" && node !== null && "type" in node) {
    const known = node as Node;
    see(known, parent);
    for (const value of Object.values(known)) visit(value, see, known);
  }
}

function nameOf(node: unknown): string {
  return typeof node === "object" && node !== null && "name" in node ? String(node.name) : "";
}

/** Runs a script with nothing but the language and what every browser has beyond it. */
function load(code: string, expression = "entry"): Record<string, unknown> {
  const { setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, structuredClone } =
    globalThis;
  const { AbortController, AbortSignal, DOMException, Event, EventTarget, performance, console } = globalThis;
  const { MessageChannel, BroadcastChannel, crypto, URL } = globalThis;
  const window = {
    ...{ setTimeout, clearTimeout, setInterval, clearInterval, queueMicrotask, structuredClone },
    ...{ AbortController, AbortSignal, DOMException, Event, EventTarget, performance, console },
    ...{ MessageChannel, BroadcastChannel, crypto, URL },
  };
  return vm.runInNewContext(`${code}\n;${expression}`, window);
}
