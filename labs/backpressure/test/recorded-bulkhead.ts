import type { Sim } from "@pattern-labs/testkit";
import type { Bulkhead, BulkheadOptions } from "../contract.ts";
import { lab } from "./subject.ts";

/** The bulkhead that is judged, with what runs and waits recorded by key: should the test fail, its message shows it. */
export function createBulkhead(sim: Sim, options: BulkheadOptions): Bulkhead {
  const { recorder } = sim;
  const bulkhead = lab.createBulkhead(options);
  let runs = 0;
  return {
    run(key, work, ...rest) {
      runs += 1;
      const name = `${key} ${runs}`;
      recorder.limit(key, options.limitPerKey);
      return recorder.submit(key, name, () => bulkhead.run(key, recorder.job(key, name, work), ...rest));
    },
    load: () => bulkhead.load(),
  };
}
