import { patch } from "./patch.ts";

/** The style of a picture: the same in each of them. */
const STYLE = /<style>([^<]*)<\/style>/;
const TITLES = /<title>[^<]*<\/title>/g;

/** The picture of a run that goes on, drawn anew at each moment. */
export class LivePicture {
  readonly #place: HTMLElement;
  readonly #style: HTMLElement;
  #last = { picture: "", share: 0 };

  /** Its style goes into a place of its own: to take it in anew each time would cost as much as the picture. */
  constructor(place: HTMLElement, style: HTMLElement) {
    this.#place = place;
    this.#style = style;
  }

  /** While it moves nothing is told of a bar that is pointed at: that is a third of all elements. */
  show(drawn: { readonly picture: string; readonly share: number }, isMoving: boolean): void {
    this.#last = drawn;
    const still = drawn.picture.replace(STYLE, (_, rules: string) => {
      if (this.#style.textContent === "") this.#style.textContent = rules;
      return "";
    });
    const next = document.createElement("template");
    next.innerHTML = isMoving ? still.replaceAll(TITLES, "") : still;
    if (drawn.share < 1) drawNow(next.content, drawn.share);
    patch(this.#place, next.content);
  }

  /** It stands still now. */
  rest(): void {
    this.show(this.#last, false);
  }
}

/** What is still to come stays blank, behind a line where the clock stands. The svg is that of one bare run: an axis, and below it the rows. */
function drawNow(drawn: DocumentFragment, share: number): void {
  const svg = drawn.querySelector("svg");
  const axis = svg?.querySelector(".axis");
  const rows = axis?.nextElementSibling;
  const [, top, bottom] =
    /([\d.]+)V([\d.]+)/.exec(axis?.querySelector("path")?.getAttribute("d") ?? "") ?? [];
  if (svg == null || rows == null) return;
  const [left, right] = [Number(svg.dataset["left"]), Number(svg.dataset["right"])];
  const x = left + share * (right - left);
  const height = Number(bottom) - Number(top);
  rows.insertAdjacentHTML(
    "beforeend",
    `<rect class="ahead" x="${x}" width="${right - x + 1}" height="${height - 6}"/><path class="now" d="M${x} -6V${height - 6}"/>`,
  );
}
