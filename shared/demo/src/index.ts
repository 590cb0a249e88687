export { cut, folded, lengthOf, PAGE_WIDTH, widthOf } from "./columns.ts";
export {
  type CommandLine,
  commandLine,
  flag,
  type Given,
  type Idle,
  type Option,
  type Options,
  option,
  UsageError,
} from "./command-line.ts";
export { drawInTerminal, saveDrawing } from "./drawing.ts";
export { DemoError, explain } from "./explain.ts";
export { Interrupted, type Interrupts, listenForInterrupts } from "./interrupts.ts";
export { announce, type LiveStream, showLive } from "./live-view.ts";
export { type Demo, runDemo } from "./run-demo.ts";
export { type Column, layOut } from "./table.ts";
export { address, number, oneOf, outputFile, pictureFile, text, wholeNumber } from "./values.ts";
export { count, duration, grouped, listOf, megabytes, percent } from "./words.ts";
