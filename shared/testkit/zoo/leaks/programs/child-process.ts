import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Program } from "../program.ts";

let child: ChildProcess | undefined;

function startChild(): ChildProcess {
  child = spawn(process.execPath, ["-e", "process.stdin.resume()"], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  return child;
}

export const childProcess: Program = {
  mistake: "a child process that nobody ends",
  leaves: [{ kind: "handle", in: "startChild" }],
  async buggy() {
    await once(startChild(), "spawn");
  },
  async fixed() {
    const started = startChild();
    await once(started, "spawn");
    started.kill(); // Nobody waits for its end: it is on its way.
  },
  cleanUp: () => child?.kill(),
};
