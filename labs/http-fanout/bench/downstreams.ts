import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const readySchema = z.object({ urls: z.array(z.string()) });
const seenSchema = z.object({ sockets: z.number() });

export interface Downstreams extends AsyncDisposable {
  /** The origin of each of the twenty. */
  readonly urls: readonly string[];
  /** What they see: connections that are open. */
  look(): Promise<z.infer<typeof seenSchema>>;
}

/** Starts the services in a process of their own. @param stalled So many of them never answer. */
export async function startDownstreams(stalled: number): Promise<Downstreams> {
  const script = fileURLToPath(new URL("./downstreams-main.ts", import.meta.url));
  const child = fork(script, [`${stalled}`], { execArgv: [] });
  const [ready] = await once(child, "message");
  const { urls } = readySchema.parse(ready);
  return {
    urls,
    async look() {
      const told = once(child, "message");
      child.send("look");
      return seenSchema.parse((await told)[0]);
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}
