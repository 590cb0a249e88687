/**
 * File names are bytes on most systems, and nobody promises that they are UTF-8. A name that is decoded and encoded
 * again may then be the name of another file, or of none. So wherever a name is only passed on, each of its bytes is a
 * character (latin1): what was read from a folder is what is opened, and what is written beside its checksum.
 */
export type ByteName = string;

export const toBytes = (name: ByteName): Buffer => Buffer.from(name, "latin1");

/** The byte name of a path as people write it. */
export const byteNameOf = (path: string): ByteName => Buffer.from(path, "utf8").toString("latin1");

/** The path as other programs of this process take it; `undefined` if its bytes are no UTF-8. */
export function tryPathOf(name: ByteName): string | undefined {
  const path = toBytes(name).toString("utf8");
  return byteNameOf(path) === name ? path : undefined;
}

/** The name for the eyes: on one line, and without what would steer a terminal. */
export const shownName = (name: ByteName): string => shown(toBytes(name).toString("utf8"));

/** The same for any text. */
export function shown(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, (hidden) => ESCAPES[hidden] ?? codeOf(hidden));
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

const codeOf = (character: string) => `\\u{${character.codePointAt(0)?.toString(16)}}`;
