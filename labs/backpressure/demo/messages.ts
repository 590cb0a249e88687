import { z } from "zod";

const count = z.int().nonnegative();

/** What the producers saw of one load, in events where nothing else is said. */
const loadFigures = z.object({
  /** In requests that were sent. */
  sent: count,
  /** Not sent, for all producers were waiting for their answers when it was time. */
  heldBack: count,
  /** In requests that were turned away with a 429 or a 503 and without being read. */
  shed: count,
  /** Of those sent, and of those shed: with high priority. */
  highSent: count,
  highShed: count,
  /** In requests without an answer: their producers hung up at the end. */
  unanswered: count,
  /** In requests that failed otherwise. */
  failed: count,
  /** From the sending of a request that was let in to its answer; null if there was none. */
  answerP50Ms: z.number().nullable(),
  answerP99Ms: z.number().nullable(),
});

export type LoadFigures = z.infer<typeof loadFigures>;

/** To the process that makes the load. */
export const orderSchema = z.discriminatedUnion("order", [
  z.object({ order: z.literal("begin"), url: z.url() }),
  /** How many events a second are offered from now on; each such order begins a new row of figures. */
  z.object({ order: z.literal("offer"), perSecond: z.number().positive() }),
  z.object({ order: z.literal("end") }),
]);

export type Order = z.infer<typeof orderSchema>;

/** From it: now and then, and when it has done what it was ordered to. */
export const newsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready") }),
  z.object({ news: z.literal("figures"), loads: z.array(loadFigures) }),
  z.object({ news: z.literal("ended"), loads: z.array(loadFigures) }),
]);

export type News = z.infer<typeof newsSchema>;

/** What it is started with, as JSON on its command line. */
export const producersSchema = z.object({
  producers: z.int().positive(),
  batch: z.int().positive(),
  seed: z.number(),
});

export type ProducersOptions = z.infer<typeof producersSchema>;
