export {
  address,
  type CommandLine,
  commandLine,
  flag,
  type Given,
  number,
  type Option,
  type Options,
  oneOf,
  option,
  pictureFile,
  UsageError,
  wholeNumber,
} from "./command-line.ts";
export { drawInTerminal, saveDrawing } from "./drawing.ts";
export { explain } from "./explain.ts";
export { Interrupted, type Interrupts, listenForInterrupts } from "./interrupts.ts";
export { announce, type LiveStream, showLive } from "./live-view.ts";
export { type Demo, runDemo } from "./run-demo.ts";
