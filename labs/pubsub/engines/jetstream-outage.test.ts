import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { rounds, tellCounts } from "@pattern-labs/testkit";
import { describeService, startService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { numbers } from "./any-broker.ts";
import { ConnectionLostError } from "./errors.ts";
import { JetStreamBroker } from "./jetstream.ts";

const KILLS = rounds(2, 20);
const EACH = 200;

describeService("nats", `the broker on JetStream, whose server is killed ${KILLS} times`, () => {
  it("loses nothing that it acknowledged, stores nothing twice, and replays it once and in order", async () => {
    await using server = await startService("nats");
    const errors: Error[] = [];
    const onError = (error: Error) => errors.push(error);
    const options = { url: server.url, name: "orders", history: 1_000_000, onError, attemptMs: 500 };
    await using ann = await JetStreamBroker.open(options);
    await using bob = await JetStreamBroker.open(options);
    const count = EACH * KILLS;

    const got = new Set<unknown>();
    let deliveries = 0;
    const reading = (async () => {
      const subscription = bob.subscribe(">", { id: "Bob", from: { sequence: 1 }, ackWithinMs: 500 });
      for await (const delivery of subscription) {
        deliveries += 1;
        got.add(delivery.payload);
        void delivery.ack();
        if (got.size === count) break;
      }
    })();
    const replayed: unknown[] = [];
    const replaying = (async () => {
      for await (const { sequence, payload } of bob.replay(">", { from: { sequence: 1 } })) {
        replayed.push([sequence, payload]);
        if (replayed.length === count) break;
      }
    })();

    const stored = new Map<number, unknown>();
    for (const kill of numbers(0, KILLS - 1)) {
      const publishing = numbers(EACH * kill + 1, EACH * kill + EACH).map(async (n) =>
        stored.set(await ann.publish("a", n), n),
      );
      await publishing[EACH / 4]; // The others are under way.
      await server.kill();
      await server.restart();
      await Promise.all(publishing);
    }
    await Promise.all([reading, replaying]);
    expect(stored.size).toBe(count);
    expect(got.size).toBe(count);
    expect(replayed).toEqual([...stored].toSorted(([one], [other]) => one - other));
    for (const error of errors) expect(error).toBeInstanceOf(ConnectionLostError);
    await using raw = await connect({ servers: server.url });
    const { state } = await (await jetstreamManager(raw)).streams.info("orders");
    expect(state.messages).toBe(count);
    tellCounts(
      `${KILLS} × kill -9 of nats-server: ${stored.size} acknowledged, ${state.messages} stored, ${got.size} read ` +
        `(${deliveries - got.size} of them again), ${replayed.length} replayed, each once`,
    );
  });
});
