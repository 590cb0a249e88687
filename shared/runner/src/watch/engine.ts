import { hasAttempt } from "../attempt.ts";
import type { LabJudge } from "../judging.ts";
import { type Position, positionIn } from "../position.ts";
import type { Pass, Progress } from "../progress.ts";
import type { Lab } from "../road.ts";
import { filesOfPart, filesOfStep, type Part } from "../test-files.ts";
import type { TypeProblem } from "../type-check.ts";
import { holds, type LabVerdict } from "../verdict.ts";
import { firstOpenPart, nextPart, type WatchState } from "./state.ts";

/** What the engine needs of the world; handed in, so that tests can drive it. */
export interface World {
  readonly lab: Lab;
  readonly judge: LabJudge;
  checkTypes(signal: AbortSignal): Promise<readonly TypeProblem[]>;
  progress(): Progress;
  seal(): Pass;
  record(verdict: LabVerdict, seal: Pass): void;
  nextHint(part: Part): { readonly shown: readonly string[]; readonly total: number };
  roadLines(): readonly string[];
  /** Puts the attempt aside, starts afresh, and says in a line where the old one is. */
  startAfresh(): string;
}

/**
 * What `lab watch` does, without keyboard, screen and files.
 *
 * - One run at a time. A save during a run abandons it: the last save wins.
 * - A run that was abandoned leaves no trace, neither on the screen nor in the progress.
 * - Nothing moves on by itself: a step that passes waits for `n`.
 */
export interface Engine {
  readonly state: WatchState;
  /** Judges the current part, anew if a run is under way. `since` is when the learner saved. */
  rerun(since?: number): void;
  next(): void;
  showHint(): void;
  toggleRoad(): void;
  askToReset(): void;
  resetIfAsked(): void;
  back(): void;
  /** Says something in a line, until the next key. */
  tell(notice: string): void;
  scroll(by: number, limit: number): void;
  /** Abandons what runs, and waits until it has ended. */
  stop(): Promise<void>;
}

export function createEngine(world: World, onChange: () => void, begin?: Part): Engine {
  const { lab, judge } = world;
  const position = (): Position => positionIn(lab, world.progress());
  const first = position();
  let state: WatchState = {
    lab,
    part: begin ?? firstOpenPart(first),
    position: first,
    run: { state: "resting" },
    types: [],
    panel: { kind: "verdict" },
    scroll: 0,
  };
  let current = new AbortController();
  let lastRun: Promise<void> = Promise.resolve();

  function change(changes: Partial<WatchState>, forget: readonly ("notice" | "result")[] = []): void {
    const changed = { ...state, ...changes };
    for (const key of forget) if (!(key in changes)) delete changed[key];
    state = changed;
    onChange();
  }

  function rerun(since = performance.now()): void {
    current.abort();
    current = new AbortController();
    change({}, ["notice"]);
    const { signal } = current;
    const before = lastRun;
    lastRun = (async () => {
      await before;
      if (!signal.aborted) await runOnce(since, signal);
    })();
  }

  async function runOnce(since: number, signal: AbortSignal): Promise<void> {
    try {
      if (!hasAttempt(lab)) {
        change({
          run: { state: "resting" },
          notice: "attempt/index.ts is gone. Put it back, or press x for a fresh one.",
        });
        return;
      }
      await judgePart(since, signal);
    } catch (error) {
      if (!signal.aborted) change({ notice: `The run failed: ${(error as Error).message}` });
    } finally {
      if (!signal.aborted) change({ run: { state: "resting" } });
    }
  }

  async function judgePart(since: number, signal: AbortSignal): Promise<void> {
    const { part } = state;
    const seal = world.seal();
    change({ run: { state: "running" }, panel: { kind: "verdict" } });
    const types = followTypes(signal);
    const onStart = (test: string) => {
      if (!signal.aborted) change({ run: { state: "running", test } });
    };
    const verdict = await judge.judge({ target: "attempt", files: filesOfPart(lab, part), signal, onStart });
    if (signal.aborted) return;
    world.record(verdict, seal);
    change({ result: { verdict, ms: performance.now() - since }, position: position(), scroll: 0 });

    const passed = verdict.steps[0] ?? verdict.challenges[0];
    if (passed !== undefined && holds(passed)) await judgeEarlier(part, seal, signal);
    if (!signal.aborted) change({ run: { state: "running", test: "the type checker" } });
    await types;
  }

  /** The verdict of the tests does not wait for the type checker, and survives it. */
  async function followTypes(signal: AbortSignal): Promise<void> {
    try {
      const types = await world.checkTypes(signal);
      if (!signal.aborted) change({ types });
    } catch (error) {
      if (!signal.aborted) change({ notice: `The types could not be checked: ${(error as Error).message}` });
    }
  }

  /** What passed before must not break on the way. */
  async function judgeEarlier(part: Part, seal: Pass, signal: AbortSignal): Promise<void> {
    const steps = lab.steps
      .map((_, index) => index + 1)
      .filter((step) => "challenge" in part || step < part.step);
    if (steps.length === 0) return;
    change({ run: { state: "running", test: "the steps before" } });
    const files = steps.flatMap((step) => filesOfStep(lab, step));
    const verdict = await judge.judge({ target: "attempt", files, signal });
    if (signal.aborted || state.result === undefined) return;
    world.record(verdict, seal);
    change({ result: { ...state.result, earlier: verdict.steps }, position: position() });
  }

  function next(): void {
    const following = nextPart(lab, state.part);
    if (following === undefined) change({ notice: "There is nothing after this." });
    else if (!passedOnce()) change({ notice: howToSkip(following) });
    else {
      change({ part: following, types: [], scroll: 0, panel: { kind: "verdict" } }, ["notice", "result"]);
      rerun();
    }
  }

  function howToSkip(following: Part): string {
    if ("challenge" in following) return "This does not pass yet; the challenges come after it.";
    return `This does not pass yet. To skip it: npx lab watch ${lab.name} --step ${following.step}`;
  }

  function passedOnce(): boolean {
    const { part } = state;
    // Nobody has to take up a challenge to see the next one.
    return "challenge" in part || position().steps[part.step - 1] !== "open";
  }

  return {
    get state() {
      return state;
    },
    rerun,
    next,
    showHint: () =>
      change({ panel: { kind: "hints", ...world.nextHint(state.part) }, scroll: 0 }, ["notice"]),
    toggleRoad: () => {
      const panel = state.panel.kind === "road" ? { kind: "verdict" as const } : roadPanel();
      change({ panel, scroll: 0 }, ["notice"]);
    },
    askToReset: () => change({ panel: { kind: "reset?" }, scroll: 0 }, ["notice"]),
    resetIfAsked: () => {
      if (state.panel.kind !== "reset?") return;
      const told = world.startAfresh();
      change({ part: { step: 1 }, types: [], position: position(), panel: { kind: "verdict" }, scroll: 0 }, [
        "result",
      ]);
      rerun();
      change({ notice: told });
    },
    tell: (notice) => change({ notice }),
    back: () => change({ panel: { kind: "verdict" }, scroll: 0 }, ["notice"]),
    scroll: (by, limit) => change({ scroll: Math.min(limit, Math.max(0, state.scroll + by)) }),
    stop: async () => {
      current.abort();
      await lastRun;
    },
  };

  function roadPanel(): WatchState["panel"] {
    const { steps } = position();
    const here = lab.steps.map(
      (title, index) => `  ${steps[index] === "open" ? "·" : "✔"} ${index + 1} ${title}`,
    );
    return { kind: "road", lines: [...world.roadLines(), "", `The steps of ${lab.name}:`, ...here] };
  }
}
