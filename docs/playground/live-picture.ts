import type { Piece } from "@pattern-labs/picture";
import { Pieces } from "./pieces.ts";

const TITLES = /<title>[^<]*<\/title>/g;

const whole = (markup: string) => markup;
const withoutTitles = (markup: string) => markup.replaceAll(TITLES, "");

/** The picture of a run that goes on, drawn anew at each moment. */
export class LivePicture {
  readonly #pieces: Pieces;
  #last: readonly Piece[] = [];

  constructor(place: Element) {
    this.#pieces = new Pieces(place);
  }

  /** While it moves nothing is told of a bar that is pointed at: that is a third of all elements. */
  show(picture: readonly Piece[], isMoving: boolean): void {
    this.#last = picture;
    this.#pieces.show(picture, isMoving ? withoutTitles : whole);
  }

  /** It stands still now. */
  rest(): void {
    this.show(this.#last, false);
  }
}
