import { z } from "zod";
import type { Entry } from "../contract.ts";
import { levelNamed } from "./levels.ts";
import { LineError } from "./line-error.ts";

const text = z.string({ error: "must be text" });

const entry = z.object({
  timestamp: text.pipe(
    z.iso.datetime({ offset: true, error: "must be a date and time such as 2015-07-29T17:41:44.747Z" }),
  ),
  level: text.transform((name, { addIssue }) => {
    const level = levelNamed(name);
    if (level === undefined) addIssue("must be DEBUG, INFO, WARN or ERROR");
    return level ?? z.NEVER;
  }),
  source: text.min(1, { error: "must not be empty" }),
  message: text,
});

/**
 * What every format has in the end: four fields that are what they are called. Fields beyond these are dropped.
 *
 * @throws LineError That names the field, the rule and the value.
 */
export function checkEntry(fields: unknown): Entry {
  const checked = entry.safeParse(fields);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const name = issue?.path[0];
  if (name === undefined) throw new LineError("is JSON, but no object");
  throw new LineError(`${String(name)} ${issue?.message}, got ${brief(fieldOf(fields, name))}`);
}

function fieldOf(fields: unknown, name: PropertyKey): unknown {
  return (fields as Readonly<Record<PropertyKey, unknown>>)[name];
}

function brief(value: unknown): string {
  const shown = JSON.stringify(value) ?? "nothing";
  return shown.length <= 40 ? shown : `${shown.slice(0, 39).toWellFormed()}…`;
}
