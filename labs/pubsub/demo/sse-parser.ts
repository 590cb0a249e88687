/** One event, as it was sent. Those that only move the reader on have no data. */
export interface SentEvent {
  /** As far as it is known: one without an id leaves it as it was. */
  readonly id: string;
  readonly event: string;
  readonly data: string | undefined;
  readonly comments: readonly string[];
}

/** Reads server-sent events out of pieces of text, wherever these are cut. Lines end with a line feed alone, as the hub's do. */
export class SseParser {
  #rest = "";
  #id = "";

  *read(piece: string): Generator<SentEvent, void> {
    const blocks = (this.#rest + piece).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) yield this.#event(block);
  }

  #event(block: string): SentEvent {
    let event = "message";
    let data: string | undefined;
    const comments: string[] = [];
    for (const line of block.split("\n")) {
      const colon = line.indexOf(":");
      const [field, value] = [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, "")];
      if (field === "") comments.push(value);
      if (field === "id") this.#id = value;
      if (field === "event") event = value;
      if (field === "data") data = data === undefined ? value : `${data}\n${value}`;
    }
    return { id: this.#id, event, data, comments };
  }
}
