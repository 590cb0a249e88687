import { Sha256 } from "./sha256.ts";

/** A random identifier, version 4. Unlike the browser's own it needs no secure address. */
export const randomUUID = (): string => identifier(4);

/** One that begins with the time, so that later ones come later: version 7, RFC 9562. */
export const randomUUIDv7 = (): string => identifier(7, Date.now().toString(16).padStart(12, "0"));

function identifier(version: number, beginning = ""): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const random = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const hex = beginning + random.slice(beginning.length);
  const variant = (8 + (Number.parseInt(hex.charAt(16), 16) & 3)).toString(16);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), version + hex.slice(13, 16)];
  return [...parts, variant + hex.slice(17, 20), hex.slice(20)].join("-");
}

/** @throws RangeError Unless it is asked for SHA-256, the one that the labs need. */
export function createHash(algorithm: string): Sha256 {
  if (algorithm !== "sha256")
    throw new RangeError(`Cannot hash by ${algorithm} in a browser: only by sha256`);
  return new Sha256();
}
