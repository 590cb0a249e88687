import type { RunEvent } from "@pattern-labs/picture";

type Begin = Extract<RunEvent, { type: "begin" }>;

const MOST = 5;

/** Tells in words what has just happened. It remembers what has begun, to say what ends. */
export class Narrator {
  readonly #begun = new Map<number, Begin>();

  /** "p5 begins in pages · p3 fails: 503 Service Unavailable" */
  tell(events: readonly RunEvent[]): string {
    const parts = events.map((event) => this.#say(event)).filter((text) => text !== "");
    const shown = parts.slice(0, MOST);
    if (parts.length > MOST) shown.push(`${parts.length - MOST} more`);
    return shown.join(" · ");
  }

  #say(event: RunEvent): string {
    if (event.type === "mark") return event.name;
    if (event.type === "level") return `${event.track}: ${event.value}`;
    if (event.type === "begin") {
      this.#begun.set(event.span, event);
      return began(event);
    }
    const begun = this.#begun.get(event.span);
    this.#begun.delete(event.span);
    return begun === undefined ? "" : ended(begun, event.outcome, event.detail);
  }
}

function began({ state, task, track, attempt }: Begin): string {
  const name = attempt === 1 ? task : `${task}, try ${attempt},`;
  if (state === "queued") return `${task} is in line for ${track}`;
  if (state === "retrying") return `${task} waits to be tried again`;
  if (state === "blocked") return `${track} waits with ${task}`;
  return state === "phase" ? `${task} begins` : `${name} begins in ${track}`;
}

function ended({ state, task, track }: Begin, outcome: string, detail: string | undefined): string {
  if (state === "queued" || state === "retrying") return "";
  if (state === "blocked") return `${track} goes on`;
  if (outcome === "failed") return `${task} fails${detail ? `: ${detail}` : ""}`;
  if (outcome === "cancelled") return `${task} is cancelled`;
  return outcome === "dropped" ? `${task} goes no further` : `${task} ends`;
}
