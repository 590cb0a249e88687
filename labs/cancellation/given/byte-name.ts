/**
 * File names are bytes on most systems, and nobody promises that they are UTF-8. A name that is decoded and encoded
 * again may then be the name of another file. So wherever a name is only passed on, each of its bytes is a character.
 */
export type ByteName = string;

export const toBytes = (name: ByteName): Buffer => Buffer.from(name, "latin1");

/** The byte name of a path as people write it. */
export const byteNameOf = (path: string): ByteName => Buffer.from(path, "utf8").toString("latin1");

/** The name for the eyes. */
export const shownName = (name: ByteName): string => shown(toBytes(name).toString("utf8"));

/** On one line, and without what would steer a terminal. A tab is a space. */
export function shown(text: string): string {
  return text.replaceAll("\t", " ").replace(/\p{Cc}|\p{Cf}|\p{Zl}|\p{Zp}/gu, "\u{fffd}");
}
