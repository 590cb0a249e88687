import { PgBoss } from "pg-boss";
import { CONCURRENCY, type Mail, type OpenQueue, Tally } from "./queue.ts";
import { openServer } from "./server.ts";

/** How long to wait where nothing was found, so that looking does not keep the server from storing. */
const PAUSE_MS = 2;

/** On a PostgreSQL of its own, as it comes. Its own worker polls twice a second, so jobs are fetched ten at a time here. */
export async function openPgBoss(): Promise<OpenQueue> {
  const server = await openServer("postgres");
  const boss = new PgBoss({
    connectionString: server.url,
    supervise: false,
    schedule: false,
    max: CONCURRENCY,
  });
  boss.on("error", () => {});
  await boss.start();
  await boss.createQueue("mail");
  const done = new Tally();
  let isOver = false;
  let working: Promise<void> | undefined;

  const work = async (does: (n: number) => Promise<void>) => {
    while (!isOver) {
      const jobs = await boss.fetch<Mail>("mail", { batchSize: CONCURRENCY });
      await Promise.all(jobs.map(({ data }) => does(data.n)));
      if (jobs.length === 0) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      else
        await boss.complete(
          "mail",
          jobs.map(({ id }) => id),
        );
      done.add(jobs.length);
    }
  };

  return {
    add: (job) => boss.send("mail", job),
    start(does) {
      working = work(does);
    },
    finished: (count) => done.reach(count),
    async [Symbol.asyncDispose]() {
      isOver = true;
      await working;
      await boss.stop({ graceful: false });
      await server[Symbol.asyncDispose]();
    },
  };
}
