import type { Lab, LayerReport, Scope } from "../../contract.ts";
import { openLayers } from "./layers.ts";
import type { Ledger, Packed } from "./ledger.ts";
import { type Log, linesOf } from "./log.ts";
import type { Shops } from "./shops.ts";

/** What the client gets. */
export interface Statement extends Packed {
  readonly customer: number;
  /** `null` if no shop knew it in time: a statement without a rate is worth more than none. */
  readonly rate: number | null;
}

export interface StatementParts {
  readonly shops: Shops;
  readonly ledger: Ledger;
  readonly log: Log;
  /** How long a request may take. */
  readonly deadlineMs: number;
  /** How long the rate may take: it is not worth more. */
  readonly rateMs: number;
}

/** The layer in the middle: knows what has to be done for a statement, and nothing of HTTP or files. */
export class Statements {
  readonly #lab: Lab;
  readonly #parts: StatementParts;

  constructor(lab: Lab, parts: StatementParts) {
    this.#lab = lab;
    this.#parts = parts;
  }

  /**
   * Asks for the rate while the ledger is packed. Both belong to the scope: nothing of them runs on when it has been left.
   *
   * @param onReport Hears who has spent the time, however it ends.
   */
  async make(
    customer: number,
    scope: Scope,
    onReport: (report: readonly LayerReport[]) => void,
  ): Promise<Statement> {
    const { shops, ledger, deadlineMs, rateMs } = this.#parts;
    await using work = scope.child();
    await using layers = openLayers(this.#lab, work, deadlineMs);
    try {
      return await layers.run("statement", async ({ run }) => {
        const rate = work.start(() =>
          run("rate", ({ signal }) => shops.rate(scope, signal), { atMostMs: rateMs }),
        );
        const packed = work.start(() => run("ledger", ({ signal }) => ledger.pack(customer, scope, signal)));
        try {
          const [known, { bookings, bytes }] = await Promise.all([this.#orNull(rate, work), packed]);
          return { customer, rate: known, bookings, bytes };
        } catch (error) {
          work.cancel(error); // Without a ledger nobody needs a rate; and the layer is not left before both have ended.
          throw error;
        }
      });
    } finally {
      onReport(layers.report());
    }
  }

  /** If the rate fails by itself, that hurts nobody else. If it was cancelled with all the work, the reason goes on. */
  async #orNull(rate: Promise<number>, work: Scope): Promise<number | null> {
    try {
      return await rate;
    } catch (error) {
      work.signal.throwIfAborted();
      linesOf(this.#parts.log, work).warn({ error: String(error) }, "the statement goes without a rate");
      return null;
    }
  }
}
