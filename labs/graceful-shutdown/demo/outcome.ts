import type { Figures, News, RequestSpan, ServerName } from "./messages.ts";
import type { Exit } from "./service-process.ts";

/** What came of one server. */
export interface Outcome {
  readonly server: ServerName;
  /** Of the process that was sent the signal. Undefined if it was broken off before. */
  readonly exit: Exit | undefined;
  /** The service had to be killed, for it had not ended in the time that an orchestrator gives it. */
  readonly wasKilled: boolean;
  /** The one that was sent the signal has ended before the service. */
  readonly isOrphan: boolean;
  /** When the signal was sent, or the error thrown, or, if it never started, when it was begun. */
  readonly askedAt: number;
  readonly endedAt: number;
  readonly requests: RequestCounts;
  readonly jobs: JobCounts;
  readonly news: readonly News[];
  readonly spans: readonly RequestSpan[];
  /** What is right: the status, or why there is none. */
  readonly expected: number;
  readonly problem: string | undefined;
}

export interface RequestCounts {
  readonly answered: number;
  /** Taken by the server, and not answered. */
  readonly cut: number;
  readonly reset: number;
  readonly refused: number;
  /** Endless answers that were cut, as they have to be. */
  readonly endless: number;
}

export interface JobCounts {
  /** Their senders were told so. */
  readonly accepted: number;
  readonly done: number;
  readonly back: number;
  /** Accepted, not done, and nobody knows of them any more. */
  readonly lost: number;
  readonly doneTwice: number;
}

export function countRequests(figures: Figures | undefined): RequestCounts {
  const sum = (key: "answered" | "cut" | "reset" | "refused") =>
    figures === undefined
      ? 0
      : figures.quick[key] + figures.slow[key] + figures.stream[key] + figures.job[key];
  return {
    answered: sum("answered"),
    cut: sum("cut"),
    reset: sum("reset"),
    refused: sum("refused"),
    endless: figures?.endless.cut ?? 0,
  };
}

export function countJobs(
  accepted: readonly number[],
  record: { readonly done: readonly number[]; readonly back: readonly number[] },
): JobCounts {
  const [done, back] = [new Set(record.done), new Set(record.back)];
  const known = accepted.filter((id) => done.has(id) || back.has(id)).length;
  return {
    accepted: accepted.length,
    done: done.size,
    back: back.size,
    lost: accepted.length - known,
    doneTwice: record.done.length - done.size + [...done].filter((id) => back.has(id)).length,
  };
}

/** Nothing that was taken is unanswered, no job is lost or done twice. */
export function isLossless({ requests, jobs }: Pick<Outcome, "requests" | "jobs">): boolean {
  return requests.cut === 0 && jobs.lost === 0 && jobs.doneTwice === 0;
}

/** Undefined if a signal has ended it, or nobody was there any more to be told. */
export function statusOf({ exit, isOrphan }: Pick<Outcome, "exit" | "isOrphan">): number | undefined {
  return isOrphan ? undefined : (exit?.code ?? undefined);
}
