import { onAbort } from "@pattern-labs/primitives/abort";
import { Turn } from "@pattern-labs/primitives/turn";
import type { ConnectOptions, TeeOptions } from "../contract.ts";
import { open } from "./asked.ts";
import { checkCount } from "./checks.ts";
import { Pipe } from "./pipe.ts";
import { ended, failure, notReady, type Ready } from "./ready.ts";

export function connect<T>(input: AsyncIterable<T>, { buffer, signal }: ConnectOptions): AsyncIterable<T> {
  checkCount("buffer", buffer, 0);
  return new Pump(input, signal).openPipe(buffer);
}

export function tee<T>(
  input: AsyncIterable<T>,
  { buffer }: TeeOptions,
): readonly [AsyncIterable<T>, AsyncIterable<T>] {
  checkCount("buffer", buffer, 0);
  const pump = new Pump(input);
  return [pump.openPipe(buffer), pump.openPipe(buffer)];
}

/**
 * Reads `input` into one or more pipes, each value into all of them, and goes on only while none of them is full. That
 * it reads whether anybody asks or not is what makes two stages work at the same time; that it waits is what makes the
 * slow one slow down the quick one.
 */
export class Pump<T> {
  readonly #input: AsyncIterable<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #turn = new Turn();
  #pipes: readonly Pipe<T>[] = []; // Those that have not been left.
  #source: Ready<T> | undefined = undefined;
  #begun = false;
  #ended = false; // Nothing more will be read.
  #withdraw = () => {};

  constructor(input: AsyncIterable<T>, signal?: AbortSignal) {
    this.#input = input;
    this.#signal = signal;
  }

  openPipe(buffer: number): Pipe<T> {
    const pipe: Pipe<T> = new Pipe(buffer, {
      begin: () => this.#begin(),
      left: () => this.#leave(pipe),
    });
    this.#pipes = [...this.#pipes, pipe];
    return pipe;
  }

  #begin(): void {
    if (this.#begun || this.#ended) return;
    this.#begun = true;
    this.#withdraw = onAbort(this.#signal, () => this.#abandon(this.#signal?.reason));
    if (!this.#ended) this.#run();
  }

  /** Reads on until it would have to wait, and is called again when it need not. Never throws. */
  readonly #run = (): void => {
    try {
      this.#source ??= open(this.#input);
      const source = this.#source;
      while (this.#mayRead()) {
        const value = source.poll(this.#run);
        if (value === notReady) return;
        if (value === ended) this.#end((pipe) => pipe.close());
        else this.#put(value);
      }
    } catch (error) {
      this.#end((pipe) => pipe.close(failure(error)));
    }
  };

  /** If not, it is called again when it may, unless it has ended. */
  #mayRead(): boolean {
    if (this.#ended) return false;
    for (const pipe of this.#pipes) {
      if (!pipe.isFull) continue;
      pipe.whenRoom(this.#run);
      return false;
    }
    const turn = this.#turn.pending; // Timers and I/O want their turn, too.
    if (turn !== undefined) void turn.then(this.#run);
    return turn === undefined;
  }

  #put(value: T): void {
    this.#turn.step();
    for (const pipe of this.#pipes) pipe.put(value);
  }

  async #leave(pipe: Pipe<T>): Promise<void> {
    this.#pipes = this.#pipes.filter((other) => other !== pipe);
    if (this.#pipes.length > 0 || this.#ended) return;
    this.#end();
    await this.#source?.return();
  }

  #abandon(reason: unknown): void {
    this.#end((pipe) => pipe.cut(failure(reason)));
    this.#source?.return().catch(() => {}); // It may be stuck, and what it throws then is nobody's concern.
  }

  #end(tell: (pipe: Pipe<T>) => void = () => {}): void {
    this.#withdraw();
    if (!this.#ended) this.#pipes.forEach(tell);
    this.#ended = true;
    this.#pipes = [];
  }
}
