import { z } from "zod";
import { BEHAVIOURS } from "../given/downstream.ts";
import { KINDS } from "./names.ts";

const count = z.int().nonnegative();

/** To the process with the services that are asked. */
export const behaveSchema = z.discriminatedUnion("order", [
  /** The first `services` of them do this from now on, and the others are well. */
  z.object({ order: z.literal("behave"), services: count, behaviour: z.enum(BEHAVIOURS) }),
  /** Each does something else with each request; so many of a hundred are well. */
  z.object({ order: z.literal("shake"), seed: z.int(), wellPercent: count }),
  /** All that was done so far, piece by piece, and then "told". */
  z.object({ order: z.literal("tell") }),
]);

export type BehaveOrder = z.infer<typeof behaveSchema>;

const servedSchema = z.object({
  service: z.string(),
  requestId: z.string().optional(),
  timeoutMs: z.number().nullable(),
  did: z.enum(BEHAVIOURS),
  nonce: z.string(),
  end: z.enum(["sent", "cut", "open"]),
});

/** What a service did with a request, as it tells it itself. */
export type ServedNews = z.infer<typeof servedSchema>;

/** From it. */
export const downstreamNewsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready"), urls: z.array(z.string()) }),
  z.object({ news: z.literal("figures"), underWay: z.array(count), most: count, sockets: count }),
  z.object({ news: z.literal("served"), served: z.array(servedSchema) }),
  z.object({ news: z.literal("told") }),
]);

export type DownstreamNews = z.infer<typeof downstreamNewsSchema>;

/** What the process with the clients is started with. */
export const loadSchema = z.object({
  clients: z.int().positive(),
  /** Of a hundred requests, so many are left by their client before the answer. */
  leavePercent: z.number(),
  seed: z.int(),
  /** Whether each answer is kept, to be looked at afterwards. */
  isRecorded: z.boolean(),
});

export type LoadOptions = z.infer<typeof loadSchema>;

/** To it. */
export const loadOrderSchema = z.discriminatedUnion("order", [
  z.object({ order: z.literal("begin"), url: z.string() }),
  z.object({ order: z.literal("phase") }),
  /** Nobody sends anything more. When all have their answers come those that were kept, and then "told". */
  z.object({ order: z.literal("end") }),
]);

export type LoadOrder = z.infer<typeof loadOrderSchema>;

const kindFigures = z.object({
  /** By status; "left" where the client went, "lost" where there was no answer. */
  ends: z.record(z.string(), count),
  /** Answers with a 200 and no warning. */
  whole: count,
  /** Tries that the gateway did not take: see `SeenAnswer`. They were made anew, and are in no other figure. */
  notTaken: count,
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
});

/** What the clients that asked for one kind of thing have seen in a phase. */
export type KindFigures = z.infer<typeof kindFigures>;

const phaseFigures = z.object(
  Object.fromEntries(KINDS.map((kind) => [kind, kindFigures])) as Record<
    (typeof KINDS)[number],
    typeof kindFigures
  >,
);

export type PhaseFigures = z.infer<typeof phaseFigures>;

const answerSchema = z.object({
  requestId: z.string(),
  services: z.array(z.string()),
  end: z.union([z.int(), z.enum(["left", "lost"])]),
  /**
   * The ids of tries before this one that had no answer, as their connection was closed before anything of one had come, or
   * that had a 408: the gateway cannot have read them, or else it owed them an answer. HTTP lets a client make them anew.
   */
  notTaken: z.array(z.string()),
  tookMs: z.number(),
  /** The nonce of each service that has answered. */
  data: z.record(z.string(), z.string()),
  warnings: z.array(z.object({ service: z.string(), reason: z.string() })),
});

/** What became of a request, as its client saw it. */
export type SeenAnswer = z.infer<typeof answerSchema>;

/** From it. */
export const loadNewsSchema = z.discriminatedUnion("news", [
  z.object({ news: z.literal("ready") }),
  z.object({ news: z.literal("figures"), sent: count, underWay: count, phases: z.array(phaseFigures) }),
  z.object({ news: z.literal("answers"), answers: z.array(answerSchema) }),
  z.object({ news: z.literal("told") }),
]);

export type LoadNews = z.infer<typeof loadNewsSchema>;
