import { connect } from "node:net";
import { text } from "node:stream/consumers";

/** A queue in a list of a Redis, spoken to in its own protocol. */
export async function enqueue(url: string, job: string): Promise<void> {
  await ask(url, `RPUSH jobs "${job}"`);
}

export async function take(url: string): Promise<string | undefined> {
  return /\$\d+\r\n(.*)\r\n/.exec(await ask(url, "LPOP jobs"))?.[1];
}

async function ask(url: string, command: string): Promise<string> {
  return await text(connect(Number(new URL(url).port), "127.0.0.1").end(`${command}\r\nQUIT\r\n`));
}
