import type { Program } from "../program.ts";

const stop = () => {};

function stopOnSignal(): void {
  process.on("SIGUSR2", stop);
}

export const processListener: Program = {
  mistake: "the handler of a signal stays when the server that it was to stop is gone",
  leaves: [{ kind: "listener", in: "stopOnSignal" }],
  buggy: stopOnSignal,
  fixed() {
    stopOnSignal();
    process.off("SIGUSR2", stop);
  },
  cleanUp: () => process.off("SIGUSR2", stop),
};
