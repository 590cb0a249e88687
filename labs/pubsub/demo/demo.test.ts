import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listen } from "@pattern-labs/demo/service";
import { isSoak, rounds, startProcess, tellCounts } from "@pattern-labs/testkit";
import { describe, expect, it } from "vitest";
import type { HubFigures } from "./hub.ts";
import type { Group, LoadFigures } from "./messages.ts";
import { Ear, range, temporaryFolder, until } from "./testing.ts";
import { megabytes } from "./words.ts";

const script = fileURLToPath(new URL("./index.ts", import.meta.url));
const start = (args: string, { condition = "default", env = {} } = {}) =>
  startProcess(process.execPath, ["--conditions", condition, script, ...args.split(" ").filter(Boolean)], {
    env,
  });

const ALONE = "--subscribers 0 --slow 0 --rate 0";
/** So large, and so many, that no socket and no buffer has room for all that a sleeper does not read. */
const LARGE = "--payload 60000 --rate 200 --messages 400 --json --port 0";

const ROUNDS = rounds(2, 20);
const SLEEPERS = rounds(10, 100);

interface Told {
  readonly holds: boolean;
  readonly hub: HubFigures;
  readonly load: LoadFigures;
  readonly grownBytes: number;
}

async function run(args: string): Promise<Told> {
  await using demo = await start(args);
  expect([await demo.exit, demo.stderr.includes("Not everybody")]).toEqual([
    { code: 0, signal: null },
    false,
  ]);
  return JSON.parse(demo.stdout);
}

/** Its address, when it listens. */
async function urlOf(demo: Awaited<ReturnType<typeof start>>): Promise<URL> {
  const line = await demo.line(/in a browser$/);
  return new URL(/http:\S+/.exec(line)?.[0] ?? "");
}

async function freePort(): Promise<number> {
  const server = createServer();
  const { port } = await listen(server, { port: 0 });
  server.close();
  await once(server, "close");
  return Number(port);
}

const whole = ({ listeners, complete, twice }: Group) => [complete, twice, listeners];

// Each test starts processes, and waits for what they do, not for a time: the limit only ends a hang.
describe("the demo", { timeout: isSoak ? 1_800_000 : 300_000, concurrent: true }, () => {
  it(`is killed under load and started again, ${ROUNDS} times: nothing is missing, nothing comes twice`, async () => {
    using folder = temporaryFolder();
    const port = await freePort();
    const args = `${ALONE} --port ${port} --log ${folder.path}`;
    const url = new URL(`http://127.0.0.1:${port}/`);
    using all = new Ear(url, "pattern=n.>");
    using some = new Ear(url, "pattern=n.odd&pattern=n.*");
    const acknowledged: number[] = [];
    let next = 1;
    const post = async () => {
      const n = next++;
      const body = JSON.stringify({ topic: `n.${n % 2 === 1 ? "odd" : "even"}`, payload: n });
      const response = await fetch(new URL("/publish", url), { method: "POST", body }).catch(() => undefined);
      if (response?.ok === true) acknowledged.push(n);
      await response?.json().catch(() => {});
    };
    for (let round = 1; round <= ROUNDS; round += 1) {
      await using demo = await start(args);
      await demo.line(/in a browser$/);
      await until(() => all.listener.connections >= round && some.listener.connections >= round);
      const enough = acknowledged.length + 100;
      let isOver = false;
      const posting = Array.from({ length: 4 }, async () => {
        while (!isOver) await post();
      });
      await until(() => acknowledged.length >= enough);
      demo.kill("SIGKILL");
      await demo.exit;
      isOver = true;
      await Promise.all(posting);
    }
    await using last = await start(args);
    await last.line(/in a browser$/);
    await post();
    const final = next - 1;
    await until(() => [all, some].every(({ heard }) => heard.includes(String(final))));
    for (const { heard, numbers, listener } of [all, some]) {
      expect(numbers).toEqual(range(1, numbers.length));
      expect(new Set(heard).size).toBe(heard.length);
      expect(acknowledged.filter((n) => !heard.includes(String(n)))).toEqual([]);
      expect([listener.twice, listener.missed, listener.gone]).toEqual([0, 0, 0]);
    }
    expect(some.heard).toEqual(all.heard);
    tellCounts(
      `${ROUNDS} × kill -9: ${acknowledged.length} acknowledged, ${all.heard.length} came, each once`,
    );
  });

  it.each(["drop-oldest", "drop-newest"])(
    "%s: sleepers miss something, and nobody else does",
    async (policy) => {
      const { holds, hub, load } = await run(
        `${LARGE} --subscribers 3 --slow 2 --buffer-limit 20 --when-full ${policy}`,
      );
      expect(holds).toBe(true);
      expect([whole(load.fast), whole(load.slow)]).toEqual([
        [3, 0, 3],
        [2, 0, 2],
      ]);
      expect(hub.dropped).toBeGreaterThan(0);
      expect([hub.missed, load.slow.missed, load.fast.missed]).toEqual([hub.dropped, hub.dropped, 0]);
      expect(load.fast.received).toBe(3 * load.posted);
      expect(load.slow.received).toBe(2 * load.posted - hub.dropped);
      expect(load.failed).toBe(0);
    },
  );

  it("disconnect: sleepers are sent away, come back, and read on from the log", async () => {
    const { holds, hub, load } = await run(
      `${LARGE} --subscribers 1 --slow 2 --buffer-limit 20 --when-full disconnect --keep-mb 500`,
    );
    expect(holds).toBe(true);
    expect([hub.dropped, load.slow.missed, load.slow.gone]).toEqual([2, 0, 0]);
    expect([load.slow.received, load.slow.connections]).toEqual([2 * load.posted, 4]);
  });

  it(`${SLEEPERS} sleepers among ten who listen: each drop is counted and told, and none is theirs`, async () => {
    const size = isSoak ? "--payload 4000 --seconds 20" : "--payload 40000 --messages 300";
    const options = `--subscribers 10 --rate ${isSoak ? 300 : 100} --port 0 --json --keep 500 ${size}`;
    const without = await run(`${options} --slow 0`);
    const withThem = await run(`${options} --slow ${SLEEPERS}`);
    for (const { holds, load } of [without, withThem]) {
      expect(holds).toBe(true);
      expect([load.fast.missed, load.fast.complete, load.failed]).toEqual([0, 10, 0]);
    }
    expect(withThem.load.slow.complete).toBe(SLEEPERS);
    expect(withThem.hub.dropped).toBe(withThem.load.slow.missed);
    const rate = ({ load }: Told) => `${(load.posted / load.seconds).toFixed(1)} messages a second`;
    tellCounts(
      `10 alone: ${rate(without)}, memory +${megabytes(without.grownBytes)}; with ${SLEEPERS} sleepers: ` +
        `${rate(withThem)}, ${withThem.hub.dropped} dropped = told as missed, memory +${megabytes(withThem.grownBytes)}`,
    );
  });

  it("ends its streams at Ctrl-C, and prints the sums", async () => {
    await using demo = await start(`${ALONE} --port 0`);
    const url = await urlOf(demo);
    const response = await fetch(new URL("/events?pattern=a", url));
    await fetch(new URL("/publish", url), { method: "POST", body: '{"topic":"a","payload":1}' });
    demo.kill("SIGINT");
    expect(await response.text()).toMatch(/"payload":1}\n\n: the hub ends; come back later\n\n$/);
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stdout).toMatch(/^published 1; the last event is 1\ndelivered 1, dropped 0 = Σ missed 0 ✓$/m);
  });

  it("wakes the sleepers at Ctrl-C before it ends", async () => {
    await using demo = await start("--port 0 --rate 50");
    await demo.line(/^published \d+ .*11 streams/);
    demo.kill("SIGINT");
    expect(await demo.exit).toEqual({ code: 130, signal: null });
    expect(demo.stdout).toMatch(/^fast +10 .* 10 of 10 ✓\nslow +1 .* 1 of 1 ✓$/m);
  });

  it.each([
    ["--buffer-limit 0", '--buffer-limit must be a whole number from 1 to 1000000, got "0"\nSee --help.\n'],
    ["--messages 5 --rate 0", "--messages must go with a --rate above 0: nobody publishes any"],
    ["--when-full block", '--when-full must be one of drop-oldest, drop-newest, disconnect, got "block"'],
    [
      "--port 0 --log /nowhere/at/all",
      '--log must be a folder that can be written to, got "/nowhere/at/all" (ENOENT)',
    ],
    ["--nats nonsense", '--nats must be like nats://127.0.0.1:4222, got "nonsense"'],
    [
      "--port 0 --nats nats://127.0.0.1:1",
      "--nats cannot be used: Cannot connect to NATS at 127.0.0.1:1: connection refused",
    ],
    ["--nats nats://127.0.0.1 --log here", "--log has no effect with --nats"],
  ])("refuses %s in a sentence", async (args, words) => {
    await using demo = await start(args);
    expect(await demo.exit).toEqual({ code: 2, signal: null });
    expect([demo.stdout, demo.stderr]).toEqual(["", expect.stringContaining(words)]);
  });

  it("listens only when what it needs is open: whoever comes before finds nobody", async () => {
    const reached = Promise.withResolvers<void>();
    const silent = createServer(() => reached.resolve()); // It takes a connection, and says nothing, as no NATS does.
    const { port: nats } = await listen(silent, { port: 0 });
    const port = await freePort();
    await using demo = await start(`${ALONE} --port ${port} --nats nats://127.0.0.1:${nats}`);
    await reached.promise;
    const refused = await fetch(`http://127.0.0.1:${port}/status`).catch(({ cause }) => cause.code);
    expect(refused).toBe("ECONNREFUSED");
    demo.kill("SIGKILL");
    await demo.exit;
    silent.close();
  });

  it("leaves no folder behind when its port was chosen by chance, however it ends", async () => {
    using folder = temporaryFolder();
    const options = { env: { TMPDIR: folder.path } };
    await using patient = await start(`${ALONE} --port 0 --seconds 0.1`, options);
    expect((await patient.exit).code).toBe(0);
    expect(readdirSync(folder.path)).toEqual([]);
    await using hurried = await start("--port 0", options);
    await hurried.line(/in a browser$/);
    hurried.kill("SIGINT");
    await hurried.line(/Once more ends at once/);
    hurried.kill("SIGINT");
    expect(await hurried.exit).toEqual({ code: 130, signal: null });
    await until(() => readdirSync(folder.path).length === 0); // It is being removed.
    expect(hurried.stderr).not.toContain("EPIPE");
  });

  it("refuses a port that is taken, and a log that another hub has open", async () => {
    using folder = temporaryFolder();
    const options = { env: { TMPDIR: folder.path } };
    const log = join(folder.path, "log");
    await using demo = await start(`${ALONE} --port 0 --log ${log}`);
    const { port } = await urlOf(demo);
    await using late = await start(`--port ${port}`, options);
    await using second = await start(`--port 0 --log ${log}`);
    expect([(await late.exit).code, (await second.exit).code]).toEqual([2, 2]);
    expect(late.stderr).toContain(`--port ${port} is taken: `);
    expect(second.stderr).toContain(`--log cannot be used: ${log} is in use by process ${demo.pid}`);
    writeFileSync(join(folder.path, `pubsub-hub-${port}`, "pid"), `${demo.pid}\n`);
    await using other = await start(`--port ${port}`, options);
    expect((await other.exit).code).toBe(2);
    expect(other.stderr).toContain(`--port ${port} is taken by another hub: `);
  });

  it("tells that its load has died, and by what: that is no fault of the answer's", async () => {
    const dieAtFirstOrder = `if (process.argv[1].endsWith("load-main.ts"))
      process.once("message", () => process.kill(process.pid, "SIGKILL"));`;
    await using demo = await start("--port 0", {
      env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(dieAtFirstOrder)}` },
    });
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    expect(demo.stderr).toMatch(/^The demo could not go on: the load generator has ended \(SIGKILL\)\.$/m);
  });

  it("says what is missing in an answer that is half done", async () => {
    await using demo = await start("--port 0", { condition: "starter" });
    expect(await demo.exit).toEqual({ code: 1, signal: null });
    expect(demo.stderr).toContain("This broker is not ready for the demo: TODO 2.1");
  });
});
