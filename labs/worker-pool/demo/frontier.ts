import { EventEmitter, once } from "node:events";
import { pageAddress } from "../given/read-html.ts";

/** One page of the crawl, from the link that led to it to what came of it. */
export interface Page {
  readonly url: URL;
  /** How many links away from the start, on the shortest way known so far. */
  depth: number;
  state: "waiting" | "fetched" | "failed" | "stopped";
  /** Empty as long as nobody began to fetch it. */
  readonly tries: Try[];
  bytes?: number;
  title?: string;
  /** Why it could not be fetched. */
  problem?: string;
  links: readonly URL[];
}

/** One request for a page. The times are those of `performance.now()`. */
export interface Try {
  readonly beganAt: number;
  endedAt?: number;
  status?: number | undefined;
}

export interface FrontierOptions {
  readonly depth: number;
  readonly maxPages: number;
  /** Links to these are followed as well as those to the origin of the start. Default: none. */
  readonly otherOrigins?: readonly string[];
}

export interface NotFollowed {
  readonly otherSites: number;
  /** Farther from the start than `depth`. */
  readonly tooDeep: number;
  /** Found when there were `maxPages` already. */
  readonly tooMany: number;
}

/**
 * The pages that a crawl knows of, and which of them comes next.
 *
 * It holds `maxPages` at most, each once. Which pages it holds does not depend on the order in which they are
 * fetched, unless there are more than that.
 */
export class Frontier {
  readonly #pages = new Map<string, Page>(); // By address.
  readonly #order: Page[] = []; // The same, in the order of discovery; those up to #taken were handed out.
  readonly #depth: number;
  readonly #maxPages: number;
  readonly #origins: Set<string>;
  readonly #changes = new EventEmitter();
  #taken = 0;
  #finished = 0;

  constructor(start: URL, { depth, maxPages, otherOrigins = [] }: FrontierOptions) {
    this.#depth = depth;
    this.#maxPages = maxPages;
    this.#origins = new Set([start.origin, ...otherOrigins]);
    this.#add(start, 0);
  }

  /** Every page so far, in the order of discovery. */
  get pages(): readonly Page[] {
    return this.#order;
  }

  /** How many pages were handed out and are not finished. */
  get underway(): number {
    return this.#taken - this.#finished;
  }

  allows(url: URL): boolean {
    return this.#origins.has(url.origin);
  }

  /**
   * Hands out one page after the other. While it has none, but pages under way may still lead to more, it waits;
   * it ends when nothing is left and nothing is under way. Everyone who takes a page must `finish` it.
   *
   * @throws When `signal` aborts.
   */
  async *upcoming(signal: AbortSignal): AsyncGenerator<Page, void, void> {
    for (;;) {
      signal.throwIfAborted();
      const page = this.#order[this.#taken];
      if (page !== undefined) {
        this.#taken += 1;
        yield page;
      } else if (this.underway > 0) {
        await once(this.#changes, "finished", { signal });
      } else {
        return;
      }
    }
  }

  /** Says that a page is done with, and follows its links. `address` is where it was in the end. */
  finish(page: Page, address: URL = page.url): void {
    if (page.depth === 0) this.#settleIn(page, address);
    this.#finished += 1;
    this.#follow(page);
    this.#changes.emit("finished");
  }

  /** How many links were left alone, and why. */
  notFollowed(): NotFollowed {
    const otherSites = new Set<string>();
    const tooDeep = new Set<string>();
    const tooMany = new Set<string>();
    for (const page of this.#order) {
      for (const link of page.links) {
        if (this.#pages.has(link.href)) continue;
        if (!this.allows(link)) otherSites.add(link.href);
        else if (page.depth >= this.#depth) tooDeep.add(link.href);
        else tooMany.add(link.href);
      }
    }
    return { otherSites: otherSites.size, tooDeep: tooDeep.size, tooMany: tooMany.size };
  }

  /** The start may redirect to its proper address, from http to https, say. That is the site to visit then. */
  #settleIn(start: Page, address: URL): void {
    this.#origins.add(address.origin);
    this.#pages.set(pageAddress(address).href, start);
  }

  #follow(page: Page): void {
    if (page.depth >= this.#depth) return;
    for (const link of page.links) if (this.allows(link)) this.#add(link, page.depth + 1);
  }

  #add(link: URL, depth: number): void {
    const url = pageAddress(link);
    const known = this.#pages.get(url.href);
    if (known !== undefined) {
      if (depth >= known.depth) return;
      // A slow page has shown a shorter way to this one, so that its own links may be near enough now.
      known.depth = depth;
      this.#follow(known);
    } else if (this.#order.length < this.#maxPages) {
      const page: Page = { url, depth, state: "waiting", tries: [], links: [] };
      this.#pages.set(url.href, page);
      this.#order.push(page);
    }
  }
}
