/** The scene of this lab: one publisher, some who read, and one who falls asleep. */

import { type Scene, scene } from "@pattern-labs/picture/scene";
import { sleep } from "@pattern-labs/primitives/sleep";
import * as answer from "#lab";
import type { Lab, Message, Subscription, WhenFull } from "./contract.ts";

const { createBroker }: Lab = answer;

const controls = {
  policy: {
    kind: "choice",
    label: "when a buffer is full",
    values: ["drop-oldest", "drop-newest", "disconnect"],
    value: "drop-oldest",
    restart: true,
  },
  readers: { kind: "range", label: "readers", min: 1, max: 4, value: 2, restart: true },
  limit: { kind: "range", label: "places in each buffer", min: 1, max: 12, value: 5, restart: true },
  rate: { kind: "range", label: "published", min: 1, max: 20, value: 6, unit: "/s" },
  nap: { kind: "range", label: "the sleeper sleeps for", min: 0, max: 6, value: 4, unit: "s" },
} as const;

const FALLS_ASLEEP_MS = 2_000;
const HANDLING_MS = 100;
const FLASH_MS = 40;

/** One subscriber, seen from outside. */
interface Seat {
  readonly name: string;
  readonly subscription: Subscription;
  published: number;
  read: number;
  /** Of what its subscription says it has missed, as much as is drawn. */
  drawn: number;
  told: number;
  isDisconnected: boolean;
}

export default scene({
  title: "Who pays for the sleeper?",
  controls,
  firstGuess: {
    question:
      "Six prices a second go to three subscribers, each with a buffer of five. After two seconds one falls asleep, for four. What becomes of the other two?",
    answers: [
      "They wait until it wakes",
      "They get every price, as if nothing had happened",
      "They miss as many prices as the sleeper",
    ],
    right: 1,
    why: "publish puts a price into every buffer and waits for nobody. The sleeper's buffer fills up and overflows; what it has missed is counted, and told when it wakes. Nobody else can see that it slept.",
    afterMs: 6_500,
  },
  recording: ({ readers, limit }) => {
    const names = [...Array.from({ length: readers }, (_, n) => `reader ${n + 1}`), "sleeper"];
    return {
      limits: Object.fromEntries(names.map((name) => [`${name}, buffer`, limit])),
      rows: ["publisher", ...names.flatMap((name) => [`${name}, buffer`, name])],
    };
  },
  lengthMs: 10_000,
  async run({ values, recorder, signal, random, show }) {
    const broker = createBroker();
    const names = [...Array.from({ length: values.readers }, (_, n) => `reader ${n + 1}`), "sleeper"];
    const seats = names.map((name): Seat => {
      const whenFull = values.policy as WhenFull;
      const subscription = broker.subscribe("prices.*", {
        id: name,
        bufferLimit: values.limit,
        whenFull,
        signal,
      });
      return { name, subscription, published: 0, read: 0, drawn: 0, told: 0, isDisconnected: false };
    });
    show(() => ({ sum: sumOf(seats), figures: { "told as missed": total(seats, "told") } }));

    const flashing = new Map<number, "ok" | "dropped">();
    /** What takes no time is shown for a moment. */
    const flash = (track: string, task: string, outcome: "ok" | "dropped") => {
      const span = recorder.begin(track, "running", task);
      flashing.set(span, outcome);
      setTimeout(() => {
        flashing.delete(span);
        recorder.end(span, outcome);
      }, FLASH_MS);
    };
    const look = () => {
      for (const seat of seats) {
        if (seat.subscription.missed > 0) seat.isDisconnected = values.policy === "disconnect";
        for (; seat.drawn < seat.subscription.missed; seat.drawn += 1) flash(seat.name, "missed", "dropped");
        recorder.level(`${seat.name}, buffer`, waiting(seat));
      }
    };

    async function publish(): Promise<void> {
      for (let n = 1; ; n += 1) {
        await sleep(1_000 / values.rate, { signal });
        for (const seat of seats) if (!seat.isDisconnected) seat.published += 1;
        broker.publish("prices.gold", n);
        flash("publisher", `${n}`, "ok");
        look();
      }
    }

    async function read(seat: Seat): Promise<void> {
      const isSleeper = seat.name === "sleeper";
      const napBegins = performance.now() + FALLS_ASLEEP_MS;
      let hasSlept = false;
      for await (const message of seat.subscription) {
        seat.read += 1;
        tellGap(seat, message);
        look();
        await recorder.job(seat.name, String(message.payload), () =>
          sleep(HANDLING_MS * (0.8 + 0.4 * random()), { signal }),
        )();
        if (!isSleeper || hasSlept || performance.now() < napBegins) continue;
        hasSlept = true;
        const nap = recorder.begin(seat.name, "blocked", "asleep");
        await sleep(1_000 * values.nap, { signal });
        recorder.end(nap);
      }
    }

    function tellGap(seat: Seat, { missed }: Message): void {
      seat.told += missed;
      if (missed > 0) recorder.mark(`gap of ${missed}`, "bad");
    }

    async function subscriber(seat: Seat): Promise<void> {
      try {
        await read(seat);
      } catch (error) {
        if (!(error instanceof Error && error.name === "SlowSubscriberError")) throw error;
        recorder.mark(`${seat.name} disconnected`, "bad");
      }
    }

    try {
      await Promise.all([publish(), ...seats.map(subscriber)]);
    } finally {
      for (const [span, outcome] of flashing) recorder.end(span, outcome);
    }
  },
}) satisfies Scene<typeof controls>;

/** Known from outside: what was published to it, and neither read nor missed. */
const waiting = ({ published, read, subscription }: Seat) => published - read - subscription.missed;

const total = (seats: readonly Seat[], key: "published" | "read" | "told") =>
  seats.reduce((sum, seat) => sum + seat[key], 0);

function sumOf(seats: readonly Seat[]) {
  const missed = seats.reduce((sum, { subscription }) => sum + subscription.missed, 0);
  const buffered = seats.reduce((sum, seat) => sum + waiting(seat), 0);
  return {
    whole: ["published, to each", total(seats, "published")],
    parts: [
      ["read", total(seats, "read")],
      ["missed", missed],
      ["buffered", buffered],
    ],
  } as const;
}
