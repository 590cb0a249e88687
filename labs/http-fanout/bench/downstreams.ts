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

export interface DownstreamsOptions {
  /** So many of them never answer. */
  readonly stalled: number;
  /** How long the others take, in milliseconds. Left out: they answer at once. */
  readonly answerMs?: number | undefined;
}

/** Starts the services in a process of their own. */
export async function startDownstreams({ stalled, answerMs = 0 }: DownstreamsOptions): Promise<Downstreams> {
  const script = fileURLToPath(new URL("./downstreams-main.ts", import.meta.url));
  const child = fork(script, [`${stalled}`, `${answerMs}`], { execArgv: [] });
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
