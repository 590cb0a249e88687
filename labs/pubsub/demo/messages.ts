import { z } from "zod";

const count = z.int().nonnegative();

/** What some listeners have got, all together. */
const groupSchema = z.object({
  listeners: count,
  /** So many of them know of every message that was published: got, or told as missed. */
  complete: count,
  received: count,
  missed: count,
  gone: count,
  twice: count,
  connections: count,
});

export type Group = z.infer<typeof groupSchema>;

const figuresSchema = z.object({
  fast: groupSchema,
  slow: groupSchema,
  /** Published, and acknowledged; and those that were not. */
  posted: count,
  failed: count,
  /** Of the publisher: from its first message to its last. */
  seconds: z.number(),
});

export type LoadFigures = z.infer<typeof figuresSchema>;

export const loadSchema = z.object({
  fast: count,
  slow: count,
  rate: z.number().nonnegative(),
  messages: count.optional(),
  payloadBytes: count,
});

/** To the process that listens and publishes. */
export const orderSchema = z.discriminatedUnion("order", [
  z.object({ order: z.literal("begin"), url: z.url() }),
  z.object({ order: z.literal("finish") }),
]);

export type Order = z.infer<typeof orderSchema>;

/** From it. */
export const newsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready") }),
  z.object({ news: z.literal("figures"), figures: figuresSchema }),
  /** Nobody publishes any more, and everybody has got all that there was for them. */
  z.object({ news: z.literal("finished"), figures: figuresSchema }),
]);

export type News = z.infer<typeof newsSchema>;
