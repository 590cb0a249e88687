export type {
  BeginEvent,
  EndEvent,
  Gap,
  LevelEvent,
  Limits,
  MarkEvent,
  Moment,
  Outcome,
  Recording,
  RunEvent,
  State,
  Tone,
} from "./event.ts";
export { type HtmlOptions, toHtml } from "./html.ts";
export type { Level } from "./level.ts";
export { type Group, type Piece, written } from "./markup.ts";
export { readRun } from "./read-run.ts";
export {
  type JobOptions,
  Recorder,
  type RecorderOptions,
  type SpanOptions,
  type StageOptions,
} from "./recorder.ts";
export {
  type Finding,
  type Lane,
  type Row,
  type Run,
  type Span,
  type Task,
  type Track,
  tasksOf,
} from "./run.ts";
export { type ScheduleOptions, type ScheduleStep, scheduleToText } from "./schedule.ts";
export { drawSvg, type SvgOptions, toSvg } from "./svg.ts";
export { type TextOptions, toText } from "./text.ts";
export { toTrace } from "./trace.ts";
export { watch } from "./watch.ts";
