import { readFileSync } from "node:fs";
import { simulate } from "@pattern-labs/testkit";
import { expect, it } from "vitest";
import * as answer from "#lab";
import type { Lab, Policy } from "../contract.ts";

const { createBuffer }: Lab = answer;
const LIMIT = 100;
const SERVICE_MS = 10;
const PRODUCERS = 10;
const LENGTH_MS = 20_000;

it("the table of Little's law in TRADEOFFS.md is what the run gives", async () => {
  const text = readFileSync(new URL("../TRADEOFFS.md", import.meta.url), "utf8");
  for (const policy of ["block", "drop-newest", "drop-oldest", "refuse"] as const) {
    await simulate(
      async () => {
        expect(text).toContain(await run(policy));
      },
      { maxEvents: 400_000, leaks: false },
    );
  }
});

/** Ten producers, one event each 10 ms and no faster, a consumer that takes 10 ms for each; as a row of the table. */
async function run(policy: Policy): Promise<string> {
  const stays = new Stays();
  const buffer = createBuffer<number>({ limit: LIMIT, policy, onDrop: (id) => stays.drop(id, policy) });
  const end = new AbortController();
  setTimeout(() => end.abort(), LENGTH_MS);
  let ids = 0;
  const produce = async () => {
    while (!end.signal.aborted) {
      ids += 1;
      const id = ids;
      if (policy !== "block") stays.begin(id);
      await buffer.offer(id, { signal: end.signal }).then(
        () => policy === "block" && stays.begin(id),
        () => stays.forget(id),
      );
      await pause(10);
    }
  };
  const consume = async () => {
    for await (const id of buffer) {
      stays.end(id);
      await pause(SERVICE_MS);
    }
  };
  const meter = setInterval(() => stays.depths.push(buffer.counts().buffered), 1);
  const consumer = consume();
  await Promise.all(Array.from({ length: PRODUCERS }, produce));
  clearInterval(meter);
  const row = stays.row(policy);
  buffer.close();
  await consumer;
  return row;
}

/** How long each event was in the buffer, whichever way it left, and how many were there. The first 2 s do not count. */
class Stays {
  readonly depths: number[] = [];
  readonly #began = new Map<number, number>();
  readonly #ms: number[] = [];

  begin(id: number): void {
    this.#began.set(id, performance.now());
  }

  forget(id: number): void {
    this.#began.delete(id);
  }

  end(id: number): void {
    const began = this.#began.get(id);
    this.#began.delete(id);
    if (began !== undefined && performance.now() > 2_000) this.#ms.push(performance.now() - began);
  }

  /** What `drop-newest` drops was never in the buffer. */
  drop(id: number, policy: Policy): void {
    if (policy === "drop-newest") this.forget(id);
    else this.end(id);
  }

  row(policy: Policy): string {
    const depth = mean(this.depths.slice(2_000));
    const perSecond = (this.#ms.length * 1_000) / (LENGTH_MS - 2_000);
    const waited = mean(this.#ms);
    const cells = [depth, perSecond, waited, (1_000 * depth) / perSecond].map((value) => value.toFixed(0));
    return `| \`${policy}\` | ${cells.join(" | ")} |`;
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
