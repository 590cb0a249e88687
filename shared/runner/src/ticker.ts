import { createLogUpdate } from "log-update";
import type { Session } from "./session.ts";

/** A line that says what is under way, until it is disposed. */
export interface Ticker extends Disposable {
  show(what: string): void;
}

/** While something runs, a terminal shows what; elsewhere nothing is shown. */
export function showProgress({ interactive, terminal, paint }: Session, begin = "Judging …"): Ticker {
  if (!interactive) return { show: () => {}, [Symbol.dispose]: () => {} };
  const log = createLogUpdate(terminal.output);
  log(paint.dim(begin));
  return {
    show: (what) => log(paint.dim(`${begin} ${what}`)),
    [Symbol.dispose]: () => {
      log.clear();
      log.done();
    },
  };
}
