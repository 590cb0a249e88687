import { z } from "zod";
import type { Line } from "./lines.ts";

const eventSchema = z.strictObject(
  {
    kind: z
      .string({ error: "kind must be a text" })
      .min(1, { error: "kind must not be empty" })
      .max(64, { error: "kind must have at most 64 characters" }),
    at: z
      .number({ error: "at must be a number, the milliseconds since 1970" })
      .nonnegative({ error: "at must not be negative" })
      .optional(),
    data: z.unknown().optional(),
  },
  {
    error: ({ code, keys }) =>
      code === "unrecognized_keys"
        ? `unknown member ${JSON.stringify((keys as readonly string[])[0])}`
        : "not an object",
  },
);

/** What producers send: something happened. `at` is when, in milliseconds since 1970. */
export type IngestEvent = z.infer<typeof eventSchema>;

/** The event on a line, or what is wrong with it; `undefined` for an empty line, which is no event and no mistake. */
export function readEvent({ text }: Line): IngestEvent | { readonly problem: string } | undefined {
  if (text === undefined) return { problem: "not UTF-8" };
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: "not JSON" };
  }
  const { data, error } = eventSchema.safeParse(value);
  return data ?? { problem: error?.issues[0]?.message ?? "not an event" };
}
