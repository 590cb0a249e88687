import type { Debugger } from "node:inspector";
import { Session } from "node:inspector/promises";
import { pathOf, type StackFrame, stackFrames } from "../stack-frames.ts";

const PATIENCE_MS = 10_000;
const MOST_STEPS = 100;

const NOT_THE_READERS =
  /[/\\]testkit[/\\]src[/\\](?!.*\.test\.ts)|^node:|[/\\]node_modules[/\\]|^<anonymous>$|^$/;

/**
 * Stops the main thread for good, wherever it is, and tells what it was doing, innermost call first, as places in
 * source text. Empty if that cannot be found out.
 */
export async function whereMainThreadIs(): Promise<readonly StackFrame[]> {
  const givenUp = Promise.withResolvers<readonly StackFrame[]>();
  setTimeout(() => givenUp.resolve([]), PATIENCE_MS); // It may be inside native code, which cannot be interrupted.
  return await Promise.race([stopAndLook().catch(() => []), givenUp.promise]);
}

/** A call frame names its script by number only; this is what was told when the script was announced. */
type Urls = ReadonlyMap<string, string>;

async function stopAndLook(): Promise<readonly StackFrame[]> {
  const session = new Session();
  session.connectToMainThread();
  const urls = new Map<string, string>();
  session.on("Debugger.scriptParsed", ({ params: { scriptId, url } }) => {
    urls.set(scriptId, url);
  });
  await session.post("Debugger.enable");

  let calls = await nextPause(session, "Debugger.pause");
  // Between two microtasks no function is running: step into the one that comes next.
  for (let step = 0; step < MOST_STEPS && !calls.some((call) => isTheReaders(call, urls)); step++) {
    calls = await nextPause(session, "Debugger.stepInto");
  }
  const call = calls.find((candidate) => isTheReaders(candidate, urls));
  if (call === undefined) return [];

  // Asked of the main thread itself: it knows how to map what it runs to the text that was written.
  const { callFrameId } = call;
  const { result } = await session.post("Debugger.evaluateOnCallFrame", {
    callFrameId,
    expression: "new Error().stack",
  });
  return stackFrames(String(result.value)).filter(({ file }) => !NOT_THE_READERS.test(file));
}

async function nextPause(
  session: Session,
  command: "Debugger.pause" | "Debugger.stepInto",
): Promise<readonly Debugger.CallFrame[]> {
  const { promise, resolve } = Promise.withResolvers<readonly Debugger.CallFrame[]>();
  session.once("Debugger.paused", ({ params }) => resolve(params.callFrames));
  // The two overloads cannot be called through their union.
  if (command === "Debugger.pause") await session.post(command);
  else await session.post(command);
  return await promise;
}

const isTheReaders = ({ location }: Debugger.CallFrame, urls: Urls) =>
  !NOT_THE_READERS.test(pathOf(urls.get(location.scriptId)));
