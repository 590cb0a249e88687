import { EventEmitter } from "node:events";
import type { Program } from "../program.ts";

const bus = new EventEmitter();

function firstReading(): Promise<number> {
  return new Promise((resolve) => {
    bus.on("reading", resolve);
    bus.emit("reading", 20);
  });
}

async function firstReadingOnly(): Promise<number> {
  const reading = new Promise<number>((resolve) => bus.once("reading", resolve));
  bus.emit("reading", 20);
  return await reading;
}

export const emitterListener: Program = {
  mistake: "`on` where `once` was meant, on an emitter that outlives the call",
  leaves: [{ kind: "listener", in: "firstReading" }],
  buggy: firstReading,
  fixed: firstReadingOnly,
};
