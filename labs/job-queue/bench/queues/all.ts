import type { Open } from "./queue.ts";

/** Each loads what it needs by itself: a peer is part of nobody else's process. The answer is whatever `#lab` is. */
export const inMemory: Readonly<Record<string, () => Promise<Open>>> = {
  array: async () => (await import("./in-memory.ts")).openArray,
  answer: async () => (await import("./ours.ts")).openOnMemory,
  "p-queue": async () => (await import("./in-memory.ts")).openPQueue,
};

export const onDisk: Readonly<Record<string, () => Promise<Open>>> = {
  "SQLite, three writes": async () => (await import("./three-writes.ts")).openThreeWrites,
  answer: async () => (await import("./ours.ts")).openOnSqlite,
  "ours on Redis": async () => (await import("./engine.ts")).openOnRedis,
  "BullMQ on Redis": async () => (await import("./bullmq.ts")).openBullMq,
  "pg-boss on PostgreSQL": async () => (await import("./pg-boss.ts")).openPgBoss,
};
