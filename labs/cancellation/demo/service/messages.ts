import { z } from "zod";

/** To the second process, as JSON on its command line. */
export const worldSchema = z.object({
  clients: z.int().nonnegative(),
  /** How many of a hundred leave before the answer. */
  leavePercent: z.number(),
  seed: z.number(),
});

export type WorldOptions = z.infer<typeof worldSchema>;

const count = z.int().nonnegative();

/** What the clients saw, and what the shops are doing. */
const figures = z.object({
  sent: count,
  /** By what came: "200", "503", "504", "left" for those who did not wait, "failed". */
  outcomes: z.record(z.string(), count),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  /** Calls that the shops are working on, and those that were hung up on them. */
  shopsBusy: count,
  shopsAbandoned: count,
});

export type Figures = z.infer<typeof figures>;

export const orderSchema = z.discriminatedUnion("order", [
  z.object({ order: z.literal("begin"), url: z.url() }),
  /** The clients send nothing more. Those who wait for an answer go on waiting. Answered as "tell" is. */
  z.object({ order: z.literal("stop") }),
  /** Only the figures as they are now. */
  z.object({ order: z.literal("tell") }),
]);

export type Order = z.infer<typeof orderSchema>;

export const newsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready"), shops: z.tuple([z.url(), z.url()]) }),
  z.object({ news: z.literal("figures"), figures }),
  z.object({ news: z.literal("told"), figures }),
]);

export type News = z.infer<typeof newsSchema>;
