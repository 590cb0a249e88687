import type { Interrupted } from "@pattern-labs/demo";

/** Why something was ended before its time. All are told apart by the reason that arrives, and by nothing else. */
export class ClientLeft extends Error {
  override readonly name = "ClientLeft";

  constructor() {
    super("the client left");
  }
}

export class ShuttingDown extends Error {
  override readonly name = "ShuttingDown";

  constructor() {
    super("the service is shutting down");
  }
}

/** Not a failure: whoever asked has got what they asked for. */
export class Enough extends Error {
  override readonly name = "Enough";
}

export type End = "client left" | "deadline" | "shutdown" | "interrupt" | "enough";

/** What a reason means; `undefined` if it is none that is known here. */
export function endOf(reason: unknown): End | undefined {
  const { name } = (reason ?? {}) as Partial<Error>;
  return ENDS[name ?? ""];
}

const ENDS: Readonly<Record<string, End>> = {
  ClientLeft: "client left",
  TimeoutError: "deadline",
  ShuttingDown: "shutdown",
  ["Interrupted" satisfies Interrupted["name"]]: "interrupt",
  Enough: "enough",
};
