import { guarantee, LongLived } from "@pattern-labs/testkit";
import { describeOutcome, failedWith, outcomeOf } from "@pattern-labs/testkit/outcome";
import { test } from "vitest";
import { fetchPage } from "./pages.ts";

test("a call that is aborted ends at once, and leaves nothing on the signal", async () => {
  const service = new LongLived();
  const reason = new Error("the service stops");
  const call = fetchPage("/", { signal: service.signal });
  service.abort(reason);
  const outcome = await outcomeOf(call);
  guarantee(failedWith(outcome, reason), {
    happened: `the service stopped, and the call ${describeOutcome(outcome)}`,
    expected: "it is rejected with the reason of the signal",
    why: "A service that stops must not wait for answers that nobody reads.",
  });
  service.expectBare("a call that was aborted");
});
