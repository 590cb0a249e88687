import { accessSync, constants, lstatSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";

export function wholeNumber(least: number, most: number) {
  return number(least, most, /^\d+$/, "a whole number");
}

export function number(least: number, most: number, form = /^\d+(\.\d+)?$/, kind = "a number") {
  const error = `must be ${kind} from ${least} to ${most}`;
  return z
    .string({ error })
    .regex(form, { error, abort: true })
    .transform(Number)
    .pipe(z.number().min(least, { error }).max(most, { error }));
}

export function oneOf<const Choice extends string>(choices: readonly [Choice, ...Choice[]]) {
  return z.enum(choices, { error: `must be one of ${choices.join(", ")}` });
}

export function address() {
  const error = "must be a web address such as https://example.com/, without user name and password";
  return z
    .string({ error })
    .transform((text) => URL.parse(text))
    .refine((url) => url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === "", {
      error,
    })
    .transform((url) => url as URL);
}

/** Any text but none. @param what What it is: "the name of a folder". */
export function text(what: string) {
  const error = `must be ${what}`;
  return z.string({ error }).min(1, { error });
}

/** The name of a file that is to be written: there is a place for it, and nothing but a file is replaced. */
export function outputFile(rule = "must be the name of a file", form = /./) {
  return z
    .string({ error: rule })
    .regex(form, { error: rule, abort: true })
    .superRefine((file, context) => {
      const message = problemOf(file);
      if (message !== undefined) context.addIssue({ code: "custom", message });
    });
}

/** Where to leave the picture of the run: a page, an SVG or a trace, by the end of its name. */
export function pictureFile() {
  return outputFile("must be the name of a file that ends in .html, .svg or .json", /\.(html|svg|json)$/);
}

/** Looked at before the run: nobody wants to hear of it afterwards. */
function problemOf(file: string): string | undefined {
  try {
    accessSync(`${dirname(file)}/.`, constants.W_OK); // With the dot it is a folder, or an error.
  } catch {
    return "must be in a folder that can be written to";
  }
  if (lstatSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  // A link counts as what it leads to. A device or a pipe must not be replaced, and a folder cannot.
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true)
    return "must be a file, or not be there yet";
  try {
    accessSync(file, constants.W_OK);
    return undefined;
  } catch {
    return "must be a file that can be written to";
  }
}
