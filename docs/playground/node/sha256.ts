/** SHA-256 as FIPS 180-4 tells it. The browser's own is asynchronous, and a simulated clock would not wait for it. */
export class Sha256 {
  readonly #state = Uint32Array.from(INITIAL);
  readonly #block = new Uint8Array(64);
  #length = 0;

  update(data: string | Uint8Array): this {
    for (const byte of typeof data === "string" ? new TextEncoder().encode(data) : data) this.#put(byte);
    return this;
  }

  /** Ends it: in hexadecimal, or as bytes. */
  digest(encoding?: "hex"): string | Uint8Array {
    const bits = this.#length * 8;
    this.#put(0x80);
    while (this.#length % 64 !== 56) this.#put(0);
    for (const half of [bits / 2 ** 32, bits]) {
      for (const shift of [24, 16, 8, 0]) this.#put((half >>> shift) & 0xff);
    }
    const bytes = Uint8Array.from(
      { length: 32 },
      (_, i) => (at(this.#state, i >> 2) >>> (24 - 8 * (i & 3))) & 0xff,
    );
    return encoding === "hex"
      ? Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")
      : bytes;
  }

  #put(byte: number): void {
    this.#block[this.#length % 64] = byte;
    this.#length += 1;
    if (this.#length % 64 === 0) this.#mix();
  }

  #mix(): void {
    const words = new Uint32Array(64);
    const view = new DataView(this.#block.buffer);
    for (let i = 0; i < 64; i += 1) words[i] = i < 16 ? view.getUint32(4 * i) : extended(words, i);
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = this.#state;
    for (let i = 0; i < 64; i += 1) {
      const big = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const one = (h + big + ((e & f) ^ (~e & g)) + at(ROUNDS, i) + at(words, i)) | 0;
      const small = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const two = (small + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    for (const [i, value] of [a, b, c, d, e, f, g, h].entries()) this.#state[i] = at(this.#state, i) + value;
  }
}

const at = (words: Uint32Array, i: number) => words[i] ?? 0;
const rotated = (word: number, by: number) => (word >>> by) | (word << (32 - by));

function extended(words: Uint32Array, i: number): number {
  const [early, late] = [at(words, i - 15), at(words, i - 2)];
  const low = rotated(early, 7) ^ rotated(early, 18) ^ (early >>> 3);
  const high = rotated(late, 17) ^ rotated(late, 19) ^ (late >>> 10);
  return at(words, i - 16) + low + at(words, i - 7) + high;
}

const primes = Array.from({ length: 312 }, (_, n) => n).filter((n) => n > 1 && !hasDivisor(n));
function hasDivisor(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor += 1) if (n % divisor === 0) return true;
  return false;
}

/** The first 32 bits behind the point, of the roots of the first primes. */
const fraction = (root: number) => Math.floor((root - Math.floor(root)) * 2 ** 32);
const ROUNDS = Uint32Array.from(primes.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
const INITIAL = Uint32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
