import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { DemoError } from "@pattern-labs/demo";
import { Agent, request } from "undici";
import { z } from "zod";
import { Scrape } from "./scrape.ts";

const lineSchema = z.object({
  msg: z.string(),
  url: z.string().optional(),
  err: z.object({ message: z.string() }).optional(),
});

/** A connection for each scrape, since one that is kept may be closed just then. How long it takes is the machine's affair. */
const scrapes = new Agent({ connect: { timeout: 0 }, headersTimeout: 0, bodyTimeout: 0 });

/** The service of this lab as a program, which is told what to do by its command line, and seen by its `/metrics`. */
export class GatewayProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | string>;
  readonly #listening = Promise.withResolvers<string>();
  #errors = "";
  #url = "";
  #fault: string | undefined;

  private constructor(args: readonly string[]) {
    const script = fileURLToPath(new URL("../service/main.ts", import.meta.url));
    // Its conditions are ours, so it runs on the same answer. In a group of its own, Ctrl-C is for the demo alone; and it
    // ends when its channel does, whatever becomes of the demo.
    this.#child = spawn(process.execPath, [...process.execArgv, script, ...args], {
      ...{ stdio: ["ignore", "pipe", "pipe", "ipc"], detached: true },
    });
    const sweep = () => void this.#child.kill("SIGKILL");
    process.once("exit", sweep);
    this.#exit = once(this.#child, "exit").then(([code, signal]) => {
      process.off("exit", sweep);
      this.#listening.reject(
        new DemoError(this.#errors.trim() || `the gateway has ended (${signal ?? `status ${code}`})`),
      );
      return signal ?? code;
    });
    this.#listening.promise.catch(() => {});
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors = (this.#errors + text).slice(-4_000);
    });
    if (this.#child.stdout !== null)
      createInterface(this.#child.stdout).on("line", (line) => this.#hear(line));
  }

  /** @throws {DemoError} If it ends instead of listening, with what it said. */
  static async start(args: readonly string[]): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(args);
    gateway.#url = await gateway.#listening.promise;
    return gateway;
  }

  get url(): string {
    return this.#url;
  }

  /** The first error that it has logged, if there was one. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Undefined if it was not heard; the next one may be. @throws {DemoError} If the gateway has ended. */
  async scrape(): Promise<Scrape | undefined> {
    try {
      const { statusCode, body } = await request(`${this.#url}metrics`, { dispatcher: scrapes, reset: true });
      const text = await body.text();
      return statusCode === 200 ? new Scrape(text) : undefined;
    } catch {
      const { exitCode, signalCode } = this.#child;
      if (exitCode === null && signalCode === null) return undefined;
      throw new DemoError(
        this.#errors.trim() || `the gateway has ended (${signalCode ?? `status ${exitCode}`})`,
      );
    }
  }

  /** Shuts it down as an orchestrator would. Resolves to its status, or the signal that has ended it. */
  async stop(): Promise<number | string> {
    this.#child.kill("SIGTERM");
    return await this.#exit;
  }

  /** Cuts off whatever it does. Resolves to the signal that has ended it. */
  async kill(): Promise<number | string> {
    this.#child.kill("SIGKILL");
    return await this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #hear(line: string): void {
    const { msg, url, err } = lineSchema.parse(JSON.parse(line));
    if (msg === "listening" && url !== undefined) this.#listening.resolve(url);
    this.#fault ??= err?.message;
  }
}
