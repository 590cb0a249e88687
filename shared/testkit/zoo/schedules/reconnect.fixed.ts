import type { Server } from "./reconnect.buggy.ts";

/** A copy of a value that lives on a server; made anew after each reconnect. */
export function createCopy(server: Server) {
  let value = 0;
  return {
    value: () => value,
    async reconnect(): Promise<void> {
      let changed = false;
      await server.subscribe((next) => {
        value = next;
        changed = true;
      });
      const snapshot = await server.snapshot();
      if (!changed) value = snapshot;
    },
  };
}
