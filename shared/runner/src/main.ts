#!/usr/bin/env node
import { enableCompileCache } from "node:module";

// What V8 made of this command's own code is kept for the next time: it starts in half the time. So nothing of it may be
// loaded before.
enableCompileCache();
const { run } = await import("./cli.ts");
const { processTerminal } = await import("./terminal.ts");

process.exitCode = await run(process.argv.slice(2), processTerminal());
