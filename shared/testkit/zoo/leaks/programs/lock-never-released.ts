import type { Program } from "../program.ts";

let permits = 2;

async function charge(amount: number): Promise<void> {
  permits -= 1;
  if (amount < 0) return;
  await Promise.resolve();
  permits += 1;
}

async function chargeSafely(amount: number): Promise<void> {
  permits -= 1;
  try {
    if (amount < 0) return;
    await Promise.resolve();
  } finally {
    permits += 1;
  }
}

export const lockNeverReleased: Program = {
  mistake: "an early return keeps the permit",
  leaves: [{ kind: "gauge", in: "" }],
  gauges: { "free permits": () => permits },
  buggy: () => charge(-1),
  fixed: () => chargeSafely(-1),
};
