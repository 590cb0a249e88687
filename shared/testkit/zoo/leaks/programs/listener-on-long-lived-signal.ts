import type { Program } from "../program.ts";

const shutdown = new AbortController();

async function fetchPage(signal: AbortSignal): Promise<string> {
  signal.addEventListener("abort", () => {}, { once: true });
  return await Promise.resolve("page");
}

async function fetchPageAndTidy(signal: AbortSignal): Promise<string> {
  const stop = () => {};
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.resolve("page");
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

export const listenerOnLongLivedSignal: Program = {
  mistake: "each request adds a listener to the signal of the whole program, and none takes it away",
  leaves: [{ kind: "listener", in: "fetchPage" }],
  async buggy() {
    for (let i = 0; i < 3; i += 1) await fetchPage(shutdown.signal);
  },
  async fixed() {
    for (let i = 0; i < 3; i += 1) await fetchPageAndTidy(shutdown.signal);
  },
};
