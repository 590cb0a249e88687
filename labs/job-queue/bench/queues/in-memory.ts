import { CONCURRENCY, type Mail, type OpenQueue, Tally } from "./queue.ts";

/** What one would write first: an array. No retry, no lease, and all is lost with the process. */
export async function openArray(): Promise<OpenQueue> {
  const done = new Tally();
  const waiting: Mail[] = [];
  let first = 0; // What is done stays in the array: `shift` would take longer and longer.
  let running = 0;
  let does: ((n: number) => Promise<void>) | undefined;
  const next = async () => {
    while (does !== undefined && running < CONCURRENCY && first < waiting.length) {
      const job = waiting[first] as Mail;
      first += 1;
      running += 1;
      void does(job.n).then(() => {
        running -= 1;
        done.add();
        void next();
      });
    }
  };
  return {
    async add(job) {
      waiting.push(job);
      void next();
    },
    start(work) {
      does = work;
      void next();
    },
    finished: (count) => done.reach(count),
    async [Symbol.asyncDispose]() {},
  };
}

export async function openPQueue(): Promise<OpenQueue> {
  const { default: PQueue } = await import("p-queue");
  const queue = new PQueue({ concurrency: CONCURRENCY, autoStart: false });
  const done = new Tally();
  let does: (n: number) => Promise<void>;
  return {
    async add({ n }) {
      void queue.add(() => does(n)).then(() => done.add());
    },
    start(work) {
      does = work;
      queue.start();
    },
    finished: (count) => done.reach(count),
    async [Symbol.asyncDispose]() {},
  };
}
