import type { Lab } from "fanout-fanin/contract.ts";
import { race } from "../order/race.ts";

/** Two sources, merged into one. */
export default race<Lab>({
  title: "The end that was not the last",
  story:
    "Ann and Bob send results, and one loop reads both of them, merged. What each has sent before it ended must come out, and the loop must end after the last of them, not before.",
  variant: "ends-with-the-first-source",
  lanes: ["Ann", "Bob", "the loop"],
  events: ["Bob sends a result", "Bob ends", "Ann ends"],
  async play({ merge }, { lane, happen, settled }) {
    const ann = new Source();
    const bob = new Source();
    const read: string[] = [];
    let hasEnded = false;
    lane("Ann", "may send");
    lane("Bob", "may send");
    lane("the loop", "waits", "waits");
    const loop = (async () => {
      for await (const value of merge([ann.values(), bob.values()])) {
        read.push(value);
        lane("the loop", `has ${read.length} of Bob`);
      }
      hasEnded = true;
      lane("the loop", `ended with ${read.length}`, "over");
    })();
    await settled();
    let sent = 0;
    const end = (source: Source, name: string) => () => {
      source.end();
      lane(name, "has ended", "over");
    };
    await happen(
      () => {
        if (!bob.send("a result")) return;
        sent += 1;
        lane("Bob", "has sent");
      },
      end(bob, "Bob"),
      end(ann, "Ann"),
    );
    await Promise.race([loop, settled()]);
    const isBad = read.length !== sent || !hasEnded;
    if (!isBad) return { isBad, text: `Bob sent ${sent}, the loop read ${read.length}, and then it ended.` };
    lane("the loop", `ended with ${read.length}`, "bad");
    return { isBad, text: `Bob sent ${sent} and the loop has read ${read.length}: it ended with Ann.` };
  },
});

/** Values that are sent by hand. */
class Source {
  readonly #waiting: string[] = [];
  #hasEnded = false;
  #wake = () => {};

  /** Whether it could still be sent. */
  send(value: string): boolean {
    if (this.#hasEnded) return false;
    this.#waiting.push(value);
    this.#wake();
    return true;
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  async *values(): AsyncGenerator<string, void, undefined> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) yield value;
      else if (this.#hasEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
