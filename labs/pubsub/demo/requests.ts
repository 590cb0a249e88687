import type { IncomingMessage } from "node:http";
import { complaintsOf, readBody, show } from "@pattern-labs/demo/service";
import { z } from "zod";
import { Problem } from "./problem.ts";

const LONGEST = 256;
const MOST_PATTERNS = 16;

// As contract.ts says it: a token is whatever has no white space, no dot and no wildcard in it.
const TOPIC = /^[^\s.*>]+(?:\.[^\s.*>]+)*$/;
const PATTERN = /^(?:(?:[^\s.*>]+|\*)\.)*(?:[^\s.*>]+|[*>])$/;

const text = (rule: RegExp, words: string) => {
  const error = `must be ${words}`;
  return z
    .string({ error })
    .max(LONGEST, { error: `must have at most ${LONGEST} characters`, abort: true })
    .regex(rule, { error })
    .refine((value) => value.isWellFormed(), { error: "must be whole characters of Unicode" });
};

const publication = z.strictObject(
  {
    topic: text(TOPIC, "tokens between dots, none empty or with white space, * or >"),
    payload: z.unknown().refine((value) => value !== undefined, { error: "must be there: any JSON" }),
  },
  { error: 'must be an object like {"topic": "orders.created", "payload": 7}' },
);

/** What is to be published; the payload as JSON again. */
export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

/** @throws {Problem} If it is none: 400, 413 if it is longer than `limit` bytes, or 415 if it is compressed. */
export async function readPublication(request: IncomingMessage, limit: number): Promise<Publication> {
  const { "content-encoding": encoding = "identity" } = request.headers;
  if (encoding !== "identity") {
    const problem = { field: "Content-Encoding", rule: "must not be there: send the JSON as it is" };
    throw new Problem(415, [{ ...problem, got: show(encoding) }], { "Accept-Encoding": "identity" });
  }
  const bytes = await readBody(request, limit);
  if (bytes === undefined) {
    const rule = `must have at most ${limit} bytes`;
    throw new Problem(413, [{ field: "body", rule }], { Connection: "close" });
  }
  const body = parse(bytes);
  const read = publication.safeParse(body);
  if (!read.success) throw new Problem(400, complaintsOf(read.error, body));
  const { topic, payload } = read.data;
  return { topic, payload: JSON.stringify(payload) };
}

const strict = new TextDecoder("utf-8", { fatal: true });

function parse(body: Buffer): unknown {
  try {
    const text = strict.decode(body);
    const value: unknown = JSON.parse(text);
    if (LARGE.test(text)) refuseInfinity(value);
    return value;
  } catch (error) {
    if (error instanceof Problem) throw error;
    const why = error instanceof SyntaxError ? error.message : "its bytes are no UTF-8";
    throw new Problem(400, [{ field: "body", rule: `must be JSON: ${why}` }]);
  }
}

/** What may stand for a number that is beyond all that JavaScript has. */
const LARGE = /\d{300}|e\+?\d{3}/i;

/** It would be passed on as null. */
function refuseInfinity(value: unknown): void {
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === "number" && !Number.isFinite(part))
      throw new Problem(400, [{ field: "body", rule: "must have no number beyond 1.8e308" }]);
    return part;
  });
}

const query = z.strictObject({
  pattern: z
    .array(
      text(
        PATTERN,
        "tokens between dots, none empty or with white space; * is a whole token, > the last one",
      ),
    )
    .max(MOST_PATTERNS, { error: `must be there at most ${MOST_PATTERNS} times` })
    .default([">"]),
  after: z.array(z.string()).max(1, { error: "must be there once" }).optional(),
  name: z
    .array(z.string().regex(/^[\w -]{1,40}$/, { error: "must be 1 to 40 letters, digits, spaces, - or _" }))
    .max(1, { error: "must be there once" })
    .optional(),
});

/** What somebody wants to listen to. */
export interface Wish {
  /** Each at most once, at least one. */
  readonly patterns: readonly string[];
  /** The last event that was seen, where anything was. */
  readonly after: string | undefined;
  /** What the listener calls itself, to be found in the figures. */
  readonly name: string | undefined;
}

/**
 * The cursor is the header of a browser that comes back; before that, at the first time, it can be `after` in the
 * address.
 *
 * @throws {Problem} 400
 */
export function readWish({ searchParams }: URL, { headers }: IncomingMessage): Wish {
  const given: Record<string, string[]> = Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]),
  );
  const read = query.safeParse(given);
  if (!read.success) {
    const complaints = complaintsOf(read.error, given);
    // A parameter that comes twice is one for whoever has written the address, and no list.
    throw new Problem(
      400,
      complaints.map((each) => ({ ...each, field: each.field.replace(/\.\d+$/, "") })),
    );
  }
  const { pattern, after, name } = read.data;
  const header = headers["last-event-id"]?.toString() || undefined;
  return { patterns: [...new Set(pattern)], after: header ?? after?.[0], name: name?.[0] };
}

/** The log's own numbering tells what a cursor is; this is what is said of one that it does not know. */
export function noCursor(cursor: string, rule: string): Problem {
  return new Problem(400, [{ field: "Last-Event-ID", rule, got: show(cursor) }]);
}
