import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Mutant } from "../mutants.ts";

/** One program that a lab's tests can be run against. */
export type Answer =
  | { readonly kind: "reference" | "attempt" | "starter" | "bug" }
  /** Another correct answer, in accepted/<id>/. */
  | { readonly kind: "accepted"; readonly id: string }
  /** A broken one: an edit of the reference, or a whole wrong answer in wrong/<id>/. */
  | { readonly kind: "variant"; readonly mutant: Mutant };

/** Tells answers apart; also a piece of a module's id, so it holds no character that means something there. */
export function keyOf(answer: Answer): string {
  if (answer.kind === "accepted") return `accepted-${encodeURIComponent(answer.id)}`;
  if (answer.kind === "variant")
    return `variant-${encodeURIComponent(answer.mutant.id)}-${hashOf(answer.mutant)}`;
  return answer.kind;
}

/** Of what makes the variant: the same id with other edits is another answer. */
const hashOf = ({ edits, wrong }: Mutant) =>
  createHash("sha256")
    .update(JSON.stringify([edits, wrong]))
    .digest("hex")
    .slice(0, 12);

/** The folder of the answer's own text, relative to its lab. */
export function folderOf(answer: Answer): string {
  if (answer.kind === "reference") return "solution";
  if (answer.kind === "accepted") return join("accepted", answer.id);
  if (answer.kind === "variant") return answer.mutant.wrong ? join("wrong", answer.mutant.id) : "solution";
  return answer.kind;
}
