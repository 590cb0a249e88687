import type { Lab } from "../contract.ts";

/** Throws what an answer that is half done throws, before anything is begun for nothing. */
export async function refuseUnwritten(lab: Lab): Promise<void> {
  const nothing = (async function* () {})();
  await using scope = lab.openScope({ timeoutMs: 60_000 });
  await using below = scope.child();
  below.defer(async () => {}, { deadlineMs: 60_000 });
  await below.start(async ({ signal }) => {
    for await (const _ of lab.orDone(nothing, signal));
    await lab.underSignal(lab.sleep(0, { signal }), signal);
    await lab.withTimeout(() => lab.firstOf([async () => {}], { signal }), { ms: 60_000, signal });
  });
}
