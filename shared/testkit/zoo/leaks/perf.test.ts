import { it } from "vitest";
import fs from "node:fs";
import { noLeaks } from "../../src/leaks.ts";
import { explore } from "../../src/explore.ts";
const say = (s: string) => fs.writeSync(1, s + "\n");
async function leaf() { await null; return 1; }
async function run(n: number) { for (let i = 0; i < n; i++) await leaf(); }
async function time(name: string, rounds: number, f: () => unknown) { await f(); await f(); const t = performance.now(); for (let i = 0; i < rounds; i++) await f(); say(`${name}: ${((performance.now() - t) / rounds).toFixed(3)} ms`); }
it("perf", async () => {
  await time("empty", 200, () => noLeaks(() => {}));
  await time("100 leaf calls bare", 200, () => run(100));
  await time("100 leaf calls (500 promises)", 100, () => noLeaks(() => run(100)));
  await time("  promises: false", 100, () => noLeaks(() => run(100), { promises: false }));
  await time("5000 leaf calls bare", 3, () => run(5000));
  await time("5000 leaf calls", 3, () => noLeaks(() => run(5000)));
  const never = new Promise(() => {});
  await time("one parked", 10, () => noLeaks(() => { void (async () => { await never; })(); }).catch(() => {}));
  await time("race garbage (gc, clean)", 10, () => noLeaks(async () => { await Promise.race([1, new Promise(() => {})]); }));
  await time("10k parked", 1, () => noLeaks(() => { for (let i = 0; i < 10000; i++) void (async () => { await never; })(); }).catch((e) => say(e.message.slice(0, 300))));
  for (const leaks of [false, 4, 50] as const) { const t = performance.now(); const r = await explore(async (sim) => {
    const q: number[] = []; const c = new AbortController();
    await Promise.all([1, 2, 3].map((k) => sim.spawn(`w${k}`, async () => { for (let i = 0; i < 3; i++) { await sim.io(`io${i}`); q.push(i); } })));
    sim.anytime("abort", () => c.abort());
  }, { leaks }); say(`explore leaks=${leaks}: ${r.schedules} schedules ${(performance.now() - t).toFixed(0)} ms`); }
  for (const body of [
    async (_sim: unknown, c: AbortController) => { c.signal.addEventListener("abort", () => {}); },
    async () => { void (async function lost() { await never; })(); },
    async () => { setTimeout(() => {}, 50); },
  ]) await explore(async (sim) => { const c = new AbortController(); await sim.spawn("w", async () => { await sim.io("x"); await body(sim, c); }); }).then(() => say("clean"), (e) => say(e.message));
}, 60000);
