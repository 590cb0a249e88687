/** Who gets a permit when, as the contract says: a model that the gateway is compared with. It waits for nobody. */
export class FairLine {
  readonly #line: { client: string; left: number }[] = [];
  readonly #begun: string[] = [];
  #free: number;

  constructor(permits: number) {
    this.#free = permits;
  }

  /** The clients on whose behalf calls have begun, in this order. */
  get order(): string {
    return this.#begun.join(" ");
  }

  arrive(client: string, calls: number): void {
    this.#line.push({ client, left: calls });
    this.#serve();
  }

  release(): void {
    this.#free += 1;
    this.#serve();
  }

  #serve(): void {
    for (let first = this.#line[0]; first !== undefined && this.#free > 0; first = this.#line[0]) {
      this.#free -= 1;
      this.#begun.push(first.client);
      first.left -= 1;
      this.#line.shift();
      if (first.left > 0) this.#line.push(first);
    }
  }
}
