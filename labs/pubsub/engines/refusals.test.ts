import { describeService } from "@pattern-labs/testkit/service";
import { expect, it } from "vitest";
import { Reader } from "../test/reader.ts";
import { rejectionOf } from "./any-broker.ts";
import { BrokerClosedError, RefusedError } from "./errors.ts";
import { JetStreamBroker } from "./jetstream.ts";
import { NatsBroker } from "./nats.ts";
import { guardedServer, watched } from "./testing.ts";

const ANN = "{ user: ann, password: pw }";
const BOB = `{ user: bob, password: pw, permissions: {
  publish: { deny: ["pubsub.secret", "orders.secret"] }
  subscribe: { deny: ["pubsub.secret"] }
} }`;
const MUTE = `{ user: mute, password: pw, permissions: { publish: { deny: ["$JS.>"] } } }`;

const fail = (error: Error) => {
  throw error;
};

describeService("nats", "a server that refuses", () => {
  it("lets in whom the address names, and nobody else", async () => {
    await using server = await guardedServer(`{ user: ann, password: "p@ss/word" }`);
    await using ann = await watched({ url: `nats://ann:p%40ss%2Fword@${server.host}` });
    const reader = new Reader(ann.broker.subscribe("a"));
    ann.broker.publish("a", 1);
    await reader.one();
    expect(ann.errors).toEqual([]);
    const connecting = (url: string) => rejectionOf(NatsBroker.connect({ url, onError: fail }));
    expect(await connecting(`nats://ann:wrong@${server.host}`)).toMatchObject({
      message: `Cannot connect to NATS at ${server.host}: it refuses user "ann"`,
    });
    expect(await connecting(`nats://${server.host}`)).toMatchObject({
      message: `Cannot connect to NATS at ${server.host}: it refuses whoever gives no user and password`,
    });
  });

  it("sends no password to a server that cannot encrypt, where that was asked for", async () => {
    await using server = await guardedServer(ANN);
    const connecting = NatsBroker.connect({ url: `tls://ann:pw@${server.host}`, onError: fail });
    await expect(connecting).rejects.toThrow(
      /^Cannot connect to NATS at \S+: server does not support 'tls'$/,
    );
  });

  it("a publication that is refused is told, and the others arrive", async () => {
    await using server = await guardedServer(`${ANN}, ${BOB}`);
    await using ann = await watched({ url: `nats://ann:pw@${server.host}` });
    await using bob = await watched({ url: `nats://bob:pw@${server.host}` });
    const reader = new Reader(ann.broker.subscribe(">"));
    await ann.broker.flush();
    for (const topic of ["a", "secret", "b"]) bob.broker.publish(topic, topic);
    await bob.broker.flush();
    expect(await reader.one()).toMatchObject({ payload: "a" });
    expect(await reader.one()).toMatchObject({ payload: "b" });
    expect(bob.errors).toMatchObject([new RefusedError("publish", "secret")]);
  });

  it("a subscription that is refused ends with the reason, and the others stay", async () => {
    await using server = await guardedServer(BOB);
    await using bob = await watched({ url: `nats://bob:pw@${server.host}` });
    const refused = bob.broker.subscribe("secret", { id: "Bob" });
    const stays = new Reader(bob.broker.subscribe("a"));
    const error = await rejectionOf(refused[Symbol.asyncIterator]().next());
    expect(error).toMatchObject(new RefusedError("subscribe", "secret"));
    expect(bob.broker.subscriptions).toBe(1);
    bob.broker.publish("a", 1);
    await stays.one();
  });

  it("a user who is sent away is told by every loop, and nothing waits for ever", async () => {
    await using server = await guardedServer(`${ANN}, ${BOB}`);
    await using bob = await watched({ url: `nats://bob:pw@${server.host}` });
    const waits = rejectionOf(bob.broker.subscribe("a")[Symbol.asyncIterator]().next());
    await bob.broker.flush();
    await server.admit(ANN);
    expect(await waits).toBeInstanceOf(BrokerClosedError);
    expect(await bob.broker.closed).toMatchObject({ name: "AuthorizationError" });
    expect(() => bob.broker.publish("a", 1)).toThrow(BrokerClosedError);
  });

  it("a publication to a stream is refused at once, and not tried for ever", async () => {
    await using server = await guardedServer(BOB);
    const options = { url: `nats://bob:pw@${server.host}`, name: "orders", history: 10, onError: fail };
    await using bob = await JetStreamBroker.open(options);
    expect(await rejectionOf(bob.publish("secret", 1))).toMatchObject(new RefusedError("publish", "secret"));
    expect(await bob.publish("a", 1)).toBe(1);
  });

  it("says why a stream cannot be opened", async () => {
    await using server = await guardedServer(`${ANN}, ${MUTE}`);
    const opening = (user: string, history: number) =>
      JetStreamBroker.open({
        url: `nats://${user}:pw@${server.host}`,
        name: "orders",
        history,
        onError: fail,
      });
    await using _ = await opening("ann", 10);
    await expect(opening("ann", 11)).rejects.toThrow(
      'Cannot open stream "orders": it is there with a history of 10, not 11',
    );
    await expect(opening("mute", 10)).rejects.toThrow(
      'Cannot open stream "orders": Cannot publish: the server does not let this user publish to "$JS.API.INFO"',
    );
  });

  it.each(["nonsense", "http://127.0.0.1", "nats://", "nats://x y"])("%s is no address", async (url) => {
    await expect(NatsBroker.connect({ url, onError: fail })).rejects.toThrow(
      `Cannot connect to NATS: url must be like nats://127.0.0.1:4222, got "${url}"`,
    );
  });
});
