import { Interrupted, saveDrawing, showLive, widthOf } from "@pattern-labs/demo";
import type { Lab } from "../../contract.ts";
import { type DemoOptions, searchOptions } from "../../given/options.ts";
import { endOf } from "../end-of.ts";
import { printerFor, tryFlush } from "./print.ts";
import { asJson, asText, liveView, type Outcome, plainLine, statusOf } from "./report.ts";
import { SearchPicture } from "./search-picture.ts";
import { searchTree } from "./search-tree.ts";
import { Tally } from "./tally.ts";

/** Searches, and tells what was found: also when it was stopped. */
export async function search(lab: Lab, given: DemoOptions, signal: AbortSignal): Promise<number> {
  const options = searchOptions(given);
  const tally = new Tally();
  const picture = new SearchPicture(options.pattern, options.concurrency, given.picture !== undefined);
  const print = printerFor(lab, given);
  let early: unknown;
  try {
    using _view = showLive((width) => liveView(options, tally, width), { plain: () => plainLine(tally) });
    await searchTree(lab, { ...options, tally, picture, print, signal });
  } catch (error) {
    if (endOf(error) === undefined) throw error;
    early = error;
  }
  const outcome: Outcome = {
    tally,
    options,
    end: early === undefined ? undefined : endOf(early),
    tookMs: tally.tookMs,
    stoppedInMs: tally.sinceAbortMs,
  };
  picture.end(early === undefined ? "ok" : "cancelled");
  if (given.json) process.stdout.write(asJson(outcome));
  else process.stderr.write(asText(outcome, widthOf(process.stderr)));
  if (given.picture !== undefined) saveDrawing(picture.recorder, given.picture);
  const status = early instanceof Interrupted ? early.exitStatus : statusOf(outcome);
  // All is put away. What nobody reads would keep the process alive until somebody does.
  if (early !== undefined && !(await tryFlush(lab))) process.exit(status);
  return status;
}
