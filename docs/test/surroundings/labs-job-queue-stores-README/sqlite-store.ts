export * from "job-queue/stores/sqlite-store.ts";
