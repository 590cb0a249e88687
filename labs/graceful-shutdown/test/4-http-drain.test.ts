import { createServer } from "node:http";
import { explore, guarantee, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { simulate } from "@pattern-labs/testkit/without-leaks";
import { describe, it } from "vitest";
import type { DrainOptions, DrainReport, HttpServer } from "../contract.ts";
import { FakeServer, type Handle } from "./fake-server.ts";
import { pause } from "./stage.ts";
import { lab } from "./subject.ts";

/** A connection that has fallen idle must have gone so much later. */
const REAPED_WITHIN_MS = 100;

describe("Step 4: HTTP drain", () => {
  it("4.1 readiness goes first: `notReady` is called at once, while everything is open as ever", () =>
    simulate(async (sim) => {
      const server = new FakeServer(sim);
      server.connect();
      let seen = "never";
      const drained = drain(sim, server, {
        notReady: () => {
          seen = server.listening && server.connections.size === 1 ? "all open" : "already closing";
        },
      });
      guarantee(seen === "all open", {
        happened: `when drainHttp had returned its promise, \`notReady\` had been called: ${seen}`,
        expected: "it has been called, and everything was open",
        why: "A load balancer that still believes in this server sends it requests, and gets refusals.",
      });
      await sim.waitFor("the drain", drained);
    }));

  it("4.2 during the notice the service goes on as ever, and then it takes no more connections", () =>
    simulate(async (sim) => {
      const server = new FakeServer(sim);
      const idle = server.connect("idle");
      const drained = drain(sim, server, { noticeMs: 1_000 });
      await pause(999);
      const late = server.connect("late");
      const answer = await late?.request((send) => send());
      guarantee(answer?.answer === "answered" && idle?.isOpen === true, {
        happened: `at 999 of 1,000 ms a new connection was ${late === undefined ? "refused" : (answer?.answer ?? "")}, and an idle one was ${idle?.isOpen ? "open" : "closed"}`,
        expected: "it is answered, and the idle one is open",
        why: "Until the load balancers have noticed they send as ever: whoever closes at once refuses good requests.",
      });
      await pause(2);
      guarantee(!server.listening, {
        happened: "at 1,001 of 1,000 ms new connections were still taken",
        expected: "they are refused",
        why: "There would be no end to it.",
      });
      await sim.waitFor("the drain", drained);
      guarantee(server.calls.join() === "close", {
        happened: `on the server were called: ${server.calls.join(", ")}`,
        expected: "close, once, and nothing was cut",
        why: "There was time enough.",
      });
    }));

  it("4.3 from the call on each answer gets `Connection: close`, before the handler is called", () =>
    simulate(async (sim) => {
      const server = new FakeServer(sim);
      const handlers: readonly [string, Handle][] = [
        ["answers at once", (send) => send()],
        ["answers after 300 ms", (send) => void setTimeout(send, 300)],
      ];
      const kept = server.connect("kept");
      const busy = kept?.request((send) => void setTimeout(send, 1_020)); // From before the call, and beyond the notice.
      const drained = drain(sim, server, { noticeMs: 1_000 });
      for (const [what, handle] of handlers) {
        const answered = await server.connect()?.request(handle);
        guarantee(answered?.answer === "answered" && answered.saysClose, {
          happened: `during the notice, to a handler that ${what}: ${show(answered)}`,
          expected: "it is answered, with Connection: close",
          why: "A client that keeps its connection has its next request on the way when that is closed, and load balancers do not move connections that are open.",
        });
      }
      await busy;
      const last = kept?.isOpen ? await kept.request((send) => send()) : undefined;
      guarantee(last === undefined || last.saysClose, {
        happened: "after the notice, on a connection that was kept, an answer did not say Connection: close",
        expected: "it does",
        why: "The client goes on asking on it, and the server never comes to its end.",
      });
      await sim.waitFor("the drain", drained);
    }));

  it("4.4 idle connections are closed at the end of the notice, and busy ones when they have fallen idle", () =>
    simulate(async (sim) => {
      const server = new FakeServer(sim);
      const idle = server.connect("idle");
      const busy = [1_300, 4_000].map((ms) => {
        const connection = server.connect(`answered at ${ms} ms`);
        const request = connection?.request((send) => void setTimeout(send, ms));
        return { connection, request, ms };
      });
      const drained = drain(sim, server, { noticeMs: 1_000 });
      await sim.waitFor("the drain", drained);
      guarantee(idle?.closedAt === 1_000, {
        happened: `a connection that was idle was closed at ${idle?.closedAt} ms; the notice was over at 1,000`,
        expected: "at 1,000 ms",
        why: "Browsers and load balancers keep idle connections for minutes; whoever waits for them waits for the deadline.",
      });
      for (const { connection, request, ms } of busy) {
        const answer = (await request)?.answer;
        const closedAt = connection?.closedAt ?? Infinity;
        guarantee(answer === "answered" && closedAt >= ms && closedAt <= ms + REAPED_WITHIN_MS, {
          happened: `a request from before the call, to be answered at ${ms} ms, was ${answer}, and its connection closed at ${closedAt} ms`,
          expected: `it is answered, and the connection closed at most ${REAPED_WITHIN_MS} ms later`,
          why: "Its answer said nothing of closing. `close` looks for idle connections once; this one was busy then.",
        });
      }
    }));

  it("4.5 it resolves when the last connection has gone; until the signal aborts nothing is cut", async () => {
    await explore(waitsForAnswers, { leaks: false });
    await explore(endsAnyTime, { leaks: false });
  });

  it("4.6 when the signal aborts, what is open is counted and cut: after the notice, during it, and before the call", async () => {
    for (const { abortAt, closedAt } of [
      { abortAt: 5_000, closedAt: 1_000 },
      { abortAt: 400, closedAt: 400 },
      { abortAt: 0, closedAt: 0 },
    ]) {
      await simulate(async (sim) => {
        const server = new FakeServer(sim);
        const streams = ["stream 1", "stream 2"].map((name) => server.connect(name)?.request(() => {}));
        const idle = server.connect("idle");
        const patience = new AbortController();
        let wasTold = false;
        const notReady = () => {
          wasTold = true;
        };
        if (abortAt === 0) patience.abort("the deadline");
        const drained = drain(sim, server, { noticeMs: 1_000, signal: patience.signal, notReady });
        if (abortAt > 0) setTimeout(() => patience.abort("the deadline"), abortAt);
        const outcome = await sim.waitFor("the drain", drained);
        const at = sim.now();
        guarantee(at === abortAt && server.connections.size === 0 && !server.listening && wasTold, {
          happened: `two streams never end, and the signal aborted at ${abortAt} ms: it resolved at ${at} ms, ${server.connections.size} connections were open, the server was ${server.listening ? "open" : "closed"}, notReady was ${wasTold ? "" : "not "}called`,
          expected: `at ${abortAt} ms, with all closed, and notReady called`,
          why: "A stream has no end of its own; without the cut the process lives until it is killed.",
        });
        const open = closedAt === abortAt ? 3 : 2;
        guarantee(outcome.cut === open, {
          happened: `two streams and ${open === 3 ? "one idle connection" : "no other connection"} were open when patience ended, and it told ${outcome.cut}`,
          expected: `${open}: those that are open at that moment, before any is closed for it`,
          why: "Somebody should know how many were let go without a word; a number that depends on who was closed first tells nothing.",
        });
        guarantee(idle?.closedAt === closedAt, {
          happened: `the idle connection was closed at ${idle?.closedAt} ms`,
          expected: `at ${closedAt} ms`,
          why: "There is nothing to wait for.",
        });
        const answers = (await Promise.all(streams)).map((each) => each?.answer);
        guarantee(answers.join() === "cut,cut", {
          happened: `the streams were ${answers.join(", ")}`,
          expected: "cut",
          why: "Patience had ended.",
        });
      });
      await simulate((sim) => cutBesideUpgraded(sim, abortAt));
    }
  });

  it("4.7 it leaves nothing behind: no listener on server or signal, no timer", () =>
    explore(
      async (sim) => {
        const server = new FakeServer(sim);
        const request = server.connect("Ann")?.request((send) => void setTimeout(send, 200));
        const patience = new AbortController(); // Its signal outlives the drain.
        const manner = sim.choose("it ends", ["by itself", "cut"]);
        if (manner === "cut") setTimeout(() => patience.abort("the deadline"), 150);
        const outcome = await sim.waitFor(
          "the drain",
          drain(sim, server, { noticeMs: 100, signal: patience.signal }),
        );
        guarantee(server.ownListeners === 0, {
          happened: `it ended (${manner}, ${show(outcome)}) with ${server.ownListeners} listeners left on the server`,
          expected: "none",
          why: "A server can be opened again, and its answers would say Connection: close for ever.",
        });
        await request;
        const ended = sim.now();
        await sim.idle();
        patience.abort("long after");
        await pause(300);
        guarantee(manner !== "by itself" || !server.calls.some((call) => call.startsWith("cut")), {
          happened: `the signal aborted at ${ended} ms, after the drain, and on the server was called ${server.calls.join(", ")}`,
          expected: "nothing more is called",
          why: "The signal belongs to others, too, who may need it for something else.",
        });
      },
      { leaks: 30 },
    ));
});

async function waitsForAnswers(sim: Sim): Promise<void> {
  const server = new FakeServer(sim);
  const requests = ["Ann", "Bob"].map((name) =>
    server.connect(name)?.request((send) => void sim.io("answer is ready").then(send)),
  );
  const outcome = await sim.waitFor("the drain", drain(sim, server, { noticeMs: 100 }));
  guarantee(server.connections.size === 0 && outcome.cut === 0, {
    happened: `it resolved with ${show(outcome)} while ${server.connections.size} connections were open`,
    expected: "with cut 0, when none is",
    why: "After it the database is closed, and then the last answer is an error.",
  });
  const answers = await Promise.all(requests);
  guarantee(
    answers.every((each) => each?.answer === "answered"),
    {
      happened: `two requests were under way: ${answers.map((each) => each?.answer).join(", ")}`,
      expected: "both are answered, however long they take: nobody ended the patience",
      why: "They were let in.",
    },
  );
}

/** `close` waits for a WebSocket, which `closeAllConnections` does not reach. */
async function cutBesideUpgraded(sim: Sim, abortAt: number): Promise<void> {
  const server = new FakeServer(sim);
  const upgraded = server.connect("upgraded");
  upgraded?.upgrade();
  const stream = server.connect("stream")?.request(() => {});
  const patience = new AbortController();
  if (abortAt === 0) patience.abort("the deadline");
  const drained = drain(sim, server, { noticeMs: 1_000, signal: patience.signal });
  if (abortAt > 0) setTimeout(() => patience.abort("the deadline"), abortAt);
  const { cut } = await sim.waitFor("the drain", drained);
  const at = sim.now();
  guarantee(at === abortAt && cut === 2 && !server.listening && (await stream)?.answer === "cut", {
    happened: `a connection had been upgraded, another streamed, and the signal aborted at ${abortAt} ms: it resolved at ${at} ms, told ${cut}, and the port was ${server.listening ? "open" : "closed"}`,
    expected: `at ${abortAt} ms, telling 2, with the port closed`,
    why: "One WebSocket would use up the time of all that are to be stopped after it; whoever has taken it over closes it.",
  });
  upgraded?.end();
}

/** Clients keep their connections and go on asking, whenever the end comes. */
async function endsAnyTime(sim: Sim): Promise<void> {
  const server = new FakeServer(sim);
  const lost: string[] = [];
  const client = (name: string) =>
    sim.spawn(name, async () => {
      let connection = server.connect(name);
      for (let n = 0; n < 3 && connection !== undefined; n += 1) {
        const { answer, saysClose } = await connection.request(
          (send) => void sim.io("answer is ready").then(send),
        );
        if (answer === "cut") lost.push(name);
        if (saysClose || !connection.isOpen) connection = server.connect(`${name}, again`);
      }
    });
  const clients = [client("Ann"), client("Bob")];
  const drained = sim.spawn("end", () => sim.waitFor("the drain", drain(sim, server, { noticeMs: 50 })));
  await Promise.all(clients);
  const { cut } = await drained;
  const { accepted, answered } = server.counts;
  guarantee(accepted === answered && cut === 0 && lost.length === 0, {
    happened: `${accepted} requests were accepted and ${answered} answered; ${cut} connections were cut`,
    expected: "each is answered, none is cut",
    why: "This is what all of it is for: a deployment that no client notices.",
  });
}

function drain(sim: Sim, server: FakeServer, options: Partial<DrainOptions> = {}): Promise<DrainReport> {
  sim.recorder.mark("drain", "stop");
  const { signal } = new AbortController();
  return lab.drainHttp(server, { notReady: () => {}, noticeMs: 100, signal, ...options });
}

/** The real server fits. */
export const realServer: HttpServer = createServer();
