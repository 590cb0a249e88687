import type { Child, WatchParentOptions } from "../../contract.ts";
import { checkDuration } from "../../given/errors.ts";

export function watchParent(host: Child, { everyMs, onOrphan }: WatchParentOptions): Disposable {
  const parent = host.ppid;
  const look = () => {
    if (host.ppid === parent) return;
    clearInterval(timer);
    onOrphan();
  };
  const timer = setInterval(look, checkDuration("everyMs", everyMs));
  timer.unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
