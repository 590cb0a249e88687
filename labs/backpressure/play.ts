/** The scene of this lab: producers that offer more than the consumer takes, and the buffer between them. */

import { type Scene, scene } from "@pattern-labs/picture/scene";
import { Histogram } from "@pattern-labs/primitives/histogram";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { Counts, Lab, Policy } from "./contract.ts";

const { createBuffer }: Lab = answer;

const controls = {
  policy: {
    kind: "choice",
    label: "when the buffer is full",
    values: ["block", "drop-newest", "drop-oldest", "refuse", "no bound"],
    value: "block",
    restart: true,
  },
  producers: { kind: "range", label: "producers", min: 1, max: 6, value: 3, restart: true },
  rate: { kind: "range", label: "each offers", min: 1, max: 40, value: 6, unit: "/s" },
  service: { kind: "range", label: "the consumer takes", min: 1, max: 40, value: 8, unit: "/s" },
  limit: { kind: "range", label: "places in the buffer", min: 1, max: 12, value: 6, restart: true },
} as const;

/** No buffer is without a bound; nobody will see this one reached. */
const NO_BOUND = 100_000;

interface Event {
  readonly name: string;
  readonly from: string;
  readonly at: number;
}

export default scene({
  title: "Who waits, and what is lost?",
  controls,
  firstGuess: {
    question:
      "Three producers offer 18 events a second in all, the consumer takes 8. A full buffer makes them wait. What do you see after ten seconds?",
    answers: [
      "The buffer keeps growing",
      "The producers slow down to 8 a second, together",
      "Ten events a second are lost",
    ],
    right: 1,
    why: "A bounded buffer does not make the consumer any faster. It passes its pace on: whoever fills the buffer waits until a place is free.",
    afterMs: 10_000,
  },
  recording: ({ policy, producers, limit }) => ({
    limits: policy === "no bound" ? {} : { buffer: limit },
    rows: [...Array.from({ length: producers }, (_, n) => nameOf(n)), "buffer", "consumer"],
  }),
  lengthMs: 12_000,
  async run({ values, recorder, signal, random, show }) {
    const tally = { offered: 0, delivered: 0, dropped: 0, refused: 0, cancelled: 0, waiting: 0 };
    const ages = new Histogram();
    const cross = ({ from, name }: Event) => {
      const lost = recorder.begin(from, "running", name);
      setTimeout(() => recorder.end(lost, "dropped")); // What lasts no time at all is drawn in order, not in time.
    };
    const isBounded = values.policy !== "no bound";
    const buffer = createBuffer<Event>({
      limit: isBounded ? values.limit : NO_BOUND,
      policy: isBounded ? (values.policy as Policy) : "block",
      onDrop(event) {
        tally.dropped += 1;
        cross(event);
      },
    });
    // Counted outside of the buffer, so that the sum is true of an answer that does not count yet, or counts wrongly.
    const buffered = () =>
      tally.offered - tally.delivered - tally.dropped - tally.refused - tally.cancelled - tally.waiting;
    // Between the step in which an event moves and the one in which its producer hears of it the sum is not settled.
    let isNoting = false;
    const noteDepth = () => {
      if (isNoting) return;
      isNoting = true;
      setTimeout(() => {
        isNoting = false;
        recorder.level("buffer", buffered());
      });
    };
    show(() => ({
      sum: sumOf({ ...tally, buffered: buffered() }),
      figures: ages.count === 0 ? {} : { p50: inMs(ages.percentile(50)), p99: inMs(ages.percentile(99)) },
    }));

    async function offer(event: Event): Promise<void> {
      tally.offered += 1;
      tally.waiting += 1;
      let blocked: number | undefined;
      // Most offers do not wait; a moment later it is known whether this one does.
      const waits = setTimeout(() => {
        blocked = recorder.begin(event.from, "blocked", event.name);
      });
      try {
        await buffer.offer(event, { signal });
        if (blocked !== undefined) recorder.end(blocked);
      } catch (error) {
        if (blocked !== undefined) recorder.end(blocked, "cancelled");
        if (signal.aborted) tally.cancelled += 1;
        else tally.refused += 1;
        if (!(error instanceof Error && error.name === "BufferFullError")) throw error;
        cross(event);
      } finally {
        clearTimeout(waits);
        tally.waiting -= 1;
        noteDepth();
      }
    }

    async function produce(producer: number): Promise<void> {
      const from = nameOf(producer);
      await sleep((1_000 / values.rate) * (producer / values.producers), { signal });
      for (let n = 1; ; n += 1) {
        await sleep((1_000 / values.rate) * (0.7 + 0.6 * random()), { signal });
        await offer({ name: `${"abcdef"[producer]}${n}`, from, at: performance.now() });
      }
    }

    async function consume(): Promise<void> {
      for await (const event of buffer) {
        tally.delivered += 1;
        noteDepth();
        const writing = recorder.begin("consumer", "running", event.name);
        try {
          await sleep((1_000 / values.service) * (0.8 + 0.4 * random()), { signal });
        } catch (reason) {
          recorder.end(writing, "cancelled");
          throw reason;
        }
        recorder.end(writing);
        ages.record(performance.now() - event.at);
      }
    }

    await Promise.all([consume(), ...Array.from({ length: values.producers }, (_, n) => produce(n))]);
  },
}) satisfies Scene<typeof controls>;

const nameOf = (producer: number) => `producer ${producer + 1}`;

const inMs = (ms: number) => `${Math.round(ms)} ms`;

function sumOf({ offered, ...parts }: Counts) {
  return { whole: ["offered", offered], parts: Object.entries(parts) } as const;
}
