import { join } from "node:path";
import type { Reply, Task } from "./assignment.ts";
import { type Answer, type Contender, contendersOf, rotated } from "./contender.ts";
import type { Bench, Workload } from "./define-bench.ts";
import { thisMachine } from "./machine.ts";
import { type BenchReport, reportWorkload } from "./report.ts";
import type { Plan, RunOptions } from "./run-bench.ts";
import { startChild } from "./start-child.ts";

/** What is optional for the caller is decided here. */
export interface CourseOptions extends RunOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly patienceMs: number;
  readonly answers: readonly Answer[];
}

/** A bench on its way from process to process. */
export class Course {
  readonly #file: string;
  readonly #bench: Bench;
  readonly #options: CourseOptions;
  readonly #signal: AbortSignal;
  readonly #lanes: readonly Lane[];
  readonly #profiles: string[] = [];
  #done = 0;

  constructor(file: string, bench: Bench, options: CourseOptions) {
    this.#file = file;
    this.#bench = bench;
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#lanes = chooseLanes(bench, options);
  }

  async run(): Promise<BenchReport> {
    this.#options.onBegin?.(this.#plan());
    for (const lane of this.#lanes) {
      if (this.#signal.aborted) break;
      try {
        await this.#runLane(lane);
      } catch (error) {
        if (!this.#signal.aborted) throw error;
      }
    }
    return {
      title: this.#bench.title,
      machine: thisMachine(),
      date: new Date().toISOString().slice(0, 10),
      interrupted: this.#signal.aborted,
      rounds: this.#options.rounds,
      seconds: this.#options.seconds,
      workloads: this.#lanes.map(({ workload, contenders }) => reportWorkload(workload, contenders)),
      profiles: this.#profiles,
    };
  }

  async #runLane(lane: Lane): Promise<void> {
    // Counting goes first: who is wrong or stuck is found out before anybody's time is spent on it.
    for (const contender of lane.contenders) await this.#count(lane, contender);
    for (let round = 0; round < this.#options.rounds; round += 1) {
      for (const contender of rotated(lane.contenders, round)) await this.#measure(lane, contender, round);
    }
    if (this.#options.profile === undefined) return;
    for (const contender of lane.contenders) await this.#profile(lane, contender);
  }

  async #count(lane: Lane, contender: Contender): Promise<void> {
    const reply = await this.#perform(lane, contender, { kind: "count" }, "counted");
    if (reply?.kind === "counted") contender.counts = reply;
  }

  async #measure(lane: Lane, contender: Contender, round: number): Promise<void> {
    const { rounds, seconds } = this.#options;
    const task = { kind: "measure", timeMs: (seconds * 1000) / rounds } as const;
    const reply = await this.#perform(lane, contender, task, `round ${round + 1} of ${rounds}`);
    contender.rounds[round] = reply?.kind === "measured" ? reply.nsPerOperation : undefined;
  }

  async #profile(lane: Lane, contender: Contender): Promise<void> {
    const { profile, seconds } = this.#options;
    if (profile === undefined) return;
    const path = join(profile.folder, fileName(this.#bench.title, lane.workload.title, contender.name));
    const task = { kind: "profile", what: profile.kind, timeMs: seconds * 1000, path } as const;
    const reply = await this.#perform(lane, contender, task, "profiled");
    if (reply?.kind === "profiled") this.#profiles.push(...reply.files);
  }

  /** One task in a process of its own. Who failed once does nothing any more. */
  async #perform(lane: Lane, contender: Contender, task: Task, doing: string): Promise<Reply | undefined> {
    const { patienceMs, onProgress } = this.#options;
    const { title } = lane.workload;
    onProgress?.({ workload: title, strategy: contender.name, doing, done: this.#done, total: this.#total });
    this.#done += 1;
    if (contender.failure !== undefined) return undefined;
    const reply = await startChild(
      { file: this.#file, workload: lane.index, strategy: contender.index, task },
      { conditions: contender.conditions, signal: this.#signal, patienceMs },
    );
    if (reply.kind === "failed") contender.failure = reply.failure;
    return reply;
  }

  get #total(): number {
    const each = 1 + this.#options.rounds + (this.#options.profile === undefined ? 0 : 1);
    return this.#rows * each;
  }

  get #rows(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.contenders.length, 0);
  }

  #plan(): Plan {
    const { seconds, rounds, profile } = this.#options;
    const measured = this.#rows * seconds * (profile === undefined ? 1 : 2);
    return {
      rows: this.#rows,
      rounds,
      seconds,
      expectedSeconds: Math.ceil(measured + this.#total * secondsForStart),
    };
  }
}

/** What a process needs beside the time that it measures: its start, its warm-up, a last run that takes longer. */
const secondsForStart = 0.35;

/** A workload with those who do it. */
interface Lane {
  readonly workload: Workload;
  /** The workload's place in the bench. */
  readonly index: number;
  readonly contenders: readonly Contender[];
}

function chooseLanes(bench: Bench, { only, answers }: CourseOptions): Lane[] {
  if (only?.trim() === "") throw new RangeError(`Cannot bench: only must be a part of a name, got "${only}"`);
  const lanes = bench.workloads.flatMap((workload, index) => {
    const all = contendersOf(workload, answers);
    if (only === undefined || matches(workload.title, only)) return [{ workload, index, contenders: all }];
    const named = all.filter(({ name, strategy }) => matches(name, only) || matches(strategy, only));
    if (named.length === 0) return [];
    const contenders = all.filter((one) => named.includes(one) || one.strategy === workload.floor);
    return [{ workload, index, contenders }];
  });
  if (lanes.length === 0) {
    throw new RangeError(
      `Cannot bench "${bench.title}": nothing in it is called "${only}". ${namesIn(bench, answers)}`,
    );
  }
  return lanes;
}

/** What `only` can choose from. */
function namesIn({ workloads }: Bench, answers: readonly Answer[]): string {
  const rows = workloads.flatMap((workload) => contendersOf(workload, answers).map(({ name }) => name));
  const titles = workloads.map(({ title }) => title);
  return `Workloads: ${titles.join("; ")}. Strategies: ${[...new Set(rows)].join("; ")}`;
}

const matches = (text: string, part: string) => text.toLowerCase().includes(part.toLowerCase());

function fileName(...parts: readonly string[]): string {
  return parts.map((part) => part.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-")).join(".");
}
