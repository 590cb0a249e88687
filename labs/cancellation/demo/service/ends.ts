import { Histogram } from "@pattern-labs/primitives/histogram";
import type { LayerReport, Scope } from "../../contract.ts";
import { endOf } from "../end-of.ts";

/** How a request can end; "for nobody" is one that was finished although its client had left. */
export type RequestEnd = "answered" | "for nobody" | "client left" | "deadline" | "shutdown" | "failed";

export interface Visit {
  /** There is an answer. Whether its client is still there tells whether it was worth it. */
  finished(isHeard: boolean): void;
  /** The client leaves. */
  leave(): void;
  /** The work has been cancelled, and this is what it threw. */
  cancelled(error: unknown): void;
  spent(report: readonly LayerReport[]): void;
  /** Its scope has been left. */
  end(): VisitEnd;
}

export interface VisitEnd {
  readonly end: RequestEnd;
  readonly tookMs: number;
  /** From the abort until all was put away. */
  readonly stoppedInMs: number | undefined;
}

/** What became of the requests. */
export class Ends {
  readonly counts: Record<RequestEnd, number> = {
    answered: 0,
    "for nobody": 0,
    "client left": 0,
    deadline: 0,
    shutdown: 0,
    failed: 0,
  };
  /** Requests whose work threw something else than the reason with which it was cancelled. */
  changedReasons = 0;
  /** From the abort of a request until everything that was done for it had ended. */
  readonly stopMs = new Histogram();
  /** For how long requests went on after their clients had left, added up. */
  forNobodyMs = 0;
  /** Milliseconds that each layer spent itself, in all requests. */
  readonly spentMs = new Map<string, number>();

  begin(scope: Scope): Visit {
    const began = performance.now();
    let end: RequestEnd = "failed";
    let abortedAt: number | undefined;
    let leftAt: number | undefined;
    scope.signal.addEventListener("abort", () => {
      abortedAt = performance.now();
    });
    return {
      finished: (isHeard) => {
        end = isHeard ? "answered" : "for nobody";
      },
      leave: () => {
        leftAt = performance.now();
      },
      cancelled: (error) => {
        const { reason } = scope.signal;
        end = toEnd(reason);
        if (error !== reason) this.changedReasons += 1;
      },
      spent: (report) => {
        for (const { layer, ownMs } of report)
          this.spentMs.set(layer, (this.spentMs.get(layer) ?? 0) + ownMs);
      },
      end: () => {
        const now = performance.now();
        this.counts[end] += 1;
        this.forNobodyMs += now - (leftAt ?? now);
        const stoppedInMs = abortedAt === undefined ? undefined : now - abortedAt;
        if (stoppedInMs !== undefined) this.stopMs.record(stoppedInMs);
        return { end, tookMs: now - began, stoppedInMs };
      },
    };
  }
}

function toEnd(reason: unknown): RequestEnd {
  const end = endOf(reason);
  return end === "client left" || end === "deadline" || end === "shutdown" ? end : "failed";
}
