import type { BreakerOptions } from "../../contract.ts";
import { CircuitOpenError } from "../errors.ts";

/** A key is forgotten at its first success, or when so many others have failed since. */
const MOST_KEYS = 10_000;

interface Circuit {
  failures: number;
  /** Until then every job is refused. */
  openUntil: number;
  /** One job is through to try whether the other side has recovered. */
  probing: boolean;
}

/**
 * A circuit breaker for each key: closed at first; open, refusing all, after so many failures in a row; half open
 * after the cool-down, letting one job through to decide. After Michael Nygard, "Release It!" (2007).
 */
export class Breaker {
  readonly #options: BreakerOptions | undefined;
  readonly #circuits = new Map<string, Circuit>(); // Only of keys whose last call failed.

  constructor(options: BreakerOptions | undefined) {
    this.#options = options;
  }

  /** @throws {CircuitOpenError} Instead of calling `task` while the circuit of `key` is open. */
  async guard<T>(key: string | undefined, task: () => Promise<T>): Promise<T> {
    if (this.#options === undefined || key === undefined) return await task();
    this.#admit(key);
    try {
      const value = await task();
      this.#circuits.delete(key);
      return value;
    } catch (error) {
      this.#countFailure(key, this.#options);
      throw error;
    }
  }

  #admit(key: string): void {
    const circuit = this.#circuits.get(key);
    if (circuit === undefined || circuit.openUntil === 0) return;
    if (circuit.probing || performance.now() < circuit.openUntil) throw new CircuitOpenError(key);
    circuit.probing = true;
  }

  #countFailure(key: string, { failures, coolDownMs }: BreakerOptions): void {
    const circuit = this.#circuits.get(key) ?? this.#remember(key);
    circuit.failures += 1;
    circuit.probing = false;
    if (circuit.failures >= failures) circuit.openUntil = performance.now() + coolDownMs;
  }

  #remember(key: string): Circuit {
    const [oldest] = this.#circuits.keys();
    if (this.#circuits.size >= MOST_KEYS && oldest !== undefined) this.#circuits.delete(oldest);
    const circuit: Circuit = { failures: 0, openUntil: 0, probing: false };
    this.#circuits.set(key, circuit);
    return circuit;
  }
}
