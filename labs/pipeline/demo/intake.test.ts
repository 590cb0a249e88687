import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { CUT_OFF } from "../given/parse-line.ts";
import { Intake } from "./intake.ts";
import type { Slot } from "./slot.ts";

const open = (slots: number, port = 0) => Intake.open({ host: "127.0.0.1", port, slots });

async function dial(intake: Intake): Promise<Socket & Disposable> {
  const socket = connect({ host: "127.0.0.1", port: intake.port });
  socket.on("error", () => {}); // Where it matters, it is the intake that is looked at.
  await once(socket, "connect");
  return Object.assign(socket, { [Symbol.dispose]: () => void socket.destroy() });
}

/** Reads on until `text` is there. */
async function readUntil(slot: Slot, text: string): Promise<string> {
  let read = "";
  while (!read.includes(text)) {
    const { done, value } = await slot.next();
    if (done) throw new Error(`It ended before there was ${JSON.stringify(text)}: ${JSON.stringify(read)}`);
    read += Buffer.from(value).toString();
  }
  return read;
}

async function readAll(slot: Slot): Promise<string> {
  return Buffer.concat(await Array.fromAsync(slot)).toString();
}

/** Resolves when it holds; looked at whenever the event loop has turned. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

function firstOf(intake: Intake): Slot {
  const [slot] = intake.sources;
  if (slot === undefined) throw new Error("There is no slot");
  return slot;
}

// They wait for what happens, not for a time: the limit only ends a hang.
describe("Intake", { timeout: 600_000 }, () => {
  it("gives one connection after the other, and ends the line of each", async () => {
    await using intake = await open(1);
    const slot = firstOf(intake);
    using first = await dial(intake);
    first.end("one\ntw");
    expect(await readUntil(slot, "tw\n")).toBe("one\ntw\n");
    using second = await dial(intake);
    second.end("three\n");
    expect(await readUntil(slot, "three\n")).toBe("three\n");
    using _silent = await dial(intake);

    await until(() => intake.stats().accepted === 3);
    intake.close();
    const rest = readAll(slot);
    _silent.end();
    expect(await rest).toBe("");
    expect(intake.stats()).toMatchObject({ accepted: 3, ended: 3, open: 0, bytes: 12, lines: 3 });
  });

  it("knows whose line it was", async () => {
    await using intake = await open(1);
    const slot = firstOf(intake);
    using first = await dial(intake);
    await until(() => intake.stats().waiting === 1);
    const reading = slot.next();
    using second = await dial(intake);
    await until(() => intake.stats().accepted === 2);
    intake.close();
    const ports = [first.localPort, second.localPort];
    first.end("1\n2");
    second.end("3\n4\n");
    await reading;
    await readAll(slot);
    const named = [1, 2, 3, 4].map((line) => intake.originOf(0, line));
    const expected = ports.flatMap((port) => [`127.0.0.1:${port}, line 1`, `127.0.0.1:${port}, line 2`]);
    expect(named).toEqual(expected);
  });

  it("says of a line whose connection broke that it was cut off", async () => {
    await using intake = await open(1);
    const slot = firstOf(intake);
    using broken = await dial(intake);
    broken.write("whole\nhal");
    const before = await readUntil(slot, "hal");
    broken.resetAndDestroy();
    expect(before + (await readUntil(slot, CUT_OFF))).toBe(`whole\nhal${CUT_OFF}\n`);
    expect(intake.stats()).toMatchObject({ broken: 1, ended: 0 });
  });

  it("adds nothing where a connection breaks between two lines", async () => {
    await using intake = await open(1);
    const slot = firstOf(intake);
    using broken = await dial(intake);
    broken.write("whole\n");
    await readUntil(slot, "whole\n");
    broken.resetAndDestroy();
    using next = await dial(intake);
    next.write("next\n");
    expect(await readUntil(slot, "next\n")).toBe("next\n");
  });

  it("lets connections wait for a slot, and turns away those beyond", async () => {
    await using intake = await open(1);
    using _one = await dial(intake);
    using two = await dial(intake);
    await until(() => intake.stats().accepted + intake.stats().turnedAway === 2);
    expect(intake.stats()).toMatchObject({ accepted: 1, waiting: 1, turnedAway: 1 });
    const slot = firstOf(intake);
    const reading = slot.next();
    using three = await dial(intake);
    await until(() => intake.stats().accepted === 2);
    expect(intake.stats()).toMatchObject({ open: 1, waiting: 1 });
    _one.end("one\n");
    three.end("three\n");
    two.destroy();
    expect(Buffer.from((await reading).value ?? []).toString()).toBe("one\n");
    expect(await readUntil(slot, "three\n")).toBe("three\n");
  });

  it("never holds more than a little, however much is sent", async () => {
    await using intake = await open(1);
    using sender = await dial(intake);
    sender.end(Buffer.alloc(20_000_000, "line\n"));
    await until(() => intake.stats().waiting === 1);
    intake.close();
    let read = 0;
    let mostHeld = 0;
    for await (const chunk of firstOf(intake)) {
      read += chunk.byteLength;
      // Many turns of the event loop, in which it could read ahead.
      for (let turn = 0; turn < 20; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        mostHeld = Math.max(mostHeld, intake.stats().held);
      }
    }
    expect(read).toBe(20_000_000);
    expect(mostHeld).toBeLessThanOrEqual(2 * 65_536);
    expect(mostHeld).toBeGreaterThan(0);
  });

  it.each(["is silent", "is waited for"])(
    "closes at once a connection that %s when it is left",
    async (state) => {
      await using intake = await open(1);
      const slot = firstOf(intake);
      using sender = await dial(intake);
      const gone = once(sender, "close");
      const { localPort } = sender;
      if (state === "is silent") {
        sender.write("hal");
        await readUntil(slot, "hal");
      }
      const waiting = slot.next();
      if (state === "is waited for") await until(() => intake.stats().open === 1);
      await slot.return();
      expect(await waiting).toEqual({ done: true, value: undefined });
      await gone;
      const cutShort = state === "is silent" ? [`127.0.0.1:${localPort}, line 1`] : [];
      expect(intake.stats()).toMatchObject({ open: 0, left: 1, ended: 0, broken: 0, cutShort });
    },
  );

  it("says in a sentence that it cannot listen there", async () => {
    await using intake = await open(1);
    await expect(open(1, intake.port)).rejects.toThrow(
      /^--port must be a port that can be had on 127\.0\.0\.1: .*EADDRINUSE/,
    );
    // From the block that is nobody's, for documentation.
    await expect(Intake.open({ host: "192.0.2.1", port: 0, slots: 1 })).rejects.toThrow(
      /^--host must be an address of this machine, got "192\.0\.2\.1": .*EADDRNOTAVAIL/,
    );
  });
});
