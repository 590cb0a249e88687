/** The figures of `/metrics` that have no labels, or one: by name, and by the label's value. */
export class Scrape {
  readonly #values = new Map<string, number>();

  constructor(text: string) {
    for (const [, name = "", value] of text.matchAll(/^([a-z_]+(?:\{service="[^"]*"\})?) (\S+)$/gm)) {
      this.#values.set(name, Number(value));
    }
  }

  /** 0 where it is not known. */
  get(name: string, service?: string): number {
    return this.#values.get(service === undefined ? name : `${name}{service="${service}"}`) ?? 0;
  }
}
