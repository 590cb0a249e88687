/** What the threads of the bench run. Each library wants its functions in its own form. */
import { createHash } from "node:crypto";

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export const sha256OfEach = (batch: readonly Uint8Array[]): string[] => batch.map(sha256);

export const nothing = (): number => 1;

export default sha256;
