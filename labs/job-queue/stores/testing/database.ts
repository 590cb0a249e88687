import { DatabaseSync } from "node:sqlite";

/** The file as another program has it open, that knows nothing of stores. Closed when its scope is left. */
export const openFile = (file: string): DatabaseSync => new DatabaseSync(file, { timeout: 10_000 });
