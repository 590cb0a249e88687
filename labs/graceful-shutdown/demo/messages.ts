import { z } from "zod";

/** How the demo's service ends: the lab's answer, and what stands in many a service instead. */
export const SERVERS = ["none", "exit", "close", "answer"] as const;
export type ServerName = (typeof SERVERS)[number];

/** What goes wrong besides. */
export const FAULTS = [
  "uncaught",
  "rejection",
  "hanging-hook",
  "throwing-hook",
  "failing-start",
  "endless-stream",
] as const;
export type Fault = (typeof FAULTS)[number];

/** What the service's process is started with, as JSON on its command line. */
export const serviceSchema = z.object({
  server: z.enum(SERVERS),
  fault: z.enum(FAULTS).optional(),
  /** Where the jobs' file is. */
  folder: z.string(),
  /** The process without which it is to end. */
  demoPid: z.int(),
  port: z.int().nonnegative(),
  workers: z.int().positive(),
  jobMs: z.number().nonnegative(),
  noticeMs: z.number().nonnegative(),
  /** How long the answers that are under way may take once nobody new is let in. */
  drainMs: z.number().nonnegative(),
  deadlineMs: z.number().nonnegative(),
});

export type ServiceOptions = z.infer<typeof serviceSchema>;

/** Milliseconds since 1970, finer than `Date.now`, so that what two processes tell can be put in order. */
const at = z.number();
export const wallNow = () => performance.timeOrigin + performance.now();

/** What the service tells on its standard output, one line of JSON each. */
export const newsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("listening"), at, port: z.int(), pid: z.int() }),
  z.object({
    news: z.literal("resource"),
    at,
    name: z.string(),
    step: z.enum(["start", "stop"]),
    phase: z.enum(["begins", "ended", "failed"]),
  }),
  z.object({ news: z.literal("job"), at, id: z.int(), phase: z.enum(["begins", "done", "not done"]) }),
  z.object({ news: z.literal("not ready"), at }),
  z.object({ news: z.literal("log"), at, text: z.string() }),
  /** The answer cannot even be put together. */
  z.object({ news: z.literal("broken"), at, problem: z.string() }),
]);

export type News = z.infer<typeof newsSchema>;

export const KINDS = ["quick", "slow", "stream", "job"] as const;
export type Kind = (typeof KINDS)[number];

/** What the process that makes the load is started with, as JSON on its command line. */
export const loadSchema = z.object({
  clients: z.int().positive(),
  slowMs: z.number().nonnegative(),
  streamMs: z.number().nonnegative(),
  jobEveryMs: z.number().positive(),
  /** One more stream, that never ends by itself. */
  endless: z.boolean(),
});

export type LoadOptions = z.infer<typeof loadSchema>;

/** To that process. */
export const orderSchema = z.discriminatedUnion("order", [
  z.object({ order: z.literal("begin"), port: z.int() }),
  z.object({ order: z.literal("end") }),
]);

export type Order = z.infer<typeof orderSchema>;

const count = z.int().nonnegative();
const tally = z.object({
  underWay: count,
  /** The whole answer has come. */
  answered: count,
  /** The server had taken the request, and the whole answer has not come. */
  cut: count,
  /** Nothing came back but the end of the connection: it has to be sent again, and nobody knows whether it was read. */
  reset: count,
  /** The connection was refused: the server has never heard of it. */
  refused: count,
});

export type Tally = z.infer<typeof tally>;

const figuresSchema = z.object({ quick: tally, slow: tally, stream: tally, job: tally, endless: tally });

/** What the clients saw, by the kind of request. */
export type Figures = z.infer<typeof figuresSchema>;

const spanSchema = z.object({
  kind: z.enum([...KINDS, "endless"]),
  id: z.int(),
  began: at,
  ended: at.optional(),
  outcome: z.enum(["answered", "cut", "reset", "refused"]).optional(),
});

/** A request that is worth a bar of its own in the picture. */
export type RequestSpan = z.infer<typeof spanSchema>;

/** From it. */
export const loadNewsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready") }),
  z.object({ news: z.literal("figures"), figures: figuresSchema, at }),
  z.object({
    news: z.literal("ended"),
    figures: figuresSchema,
    spans: z.array(spanSchema),
    /** The ids of the jobs that were answered "accepted". */
    accepted: z.array(z.int()),
  }),
]);

export type LoadNews = z.infer<typeof loadNewsSchema>;
