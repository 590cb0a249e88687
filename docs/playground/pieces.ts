import type { Piece } from "@pattern-labs/picture";
import { renew, setAttributes } from "./patch.ts";

/** A piece and what stands for it in the page: any number of nodes, or the element of a group with what is in it. */
interface Standing {
  /** undefined: whatever is wanted in its place is something else. */
  readonly piece: Piece | undefined;
  readonly nodes: readonly ChildNode[];
  /** Of a group. */
  readonly inside?: readonly Standing[];
}

/**
 * Shows pieces as the children of a node, which belong to nobody else, and leaves alone those that it shows already: most
 * of a picture is past, and the browser has neither to parse nor to style nor to paint that anew.
 */
export class Pieces {
  readonly #place: Element;
  #standing: readonly Standing[] = [];
  #edit = (markup: string) => markup;

  constructor(place: Element) {
    this.#place = place;
  }

  /** The markup goes through `edit` first. By another one than before all of it is made anew. */
  show(pieces: readonly Piece[], edit: (markup: string) => string): void {
    const before = edit === this.#edit ? this.#standing : this.#standing.map(doubted);
    this.#edit = edit;
    this.#standing = this.#renewAll(this.#place, before, pieces);
  }

  #renewAll(parent: Element, before: readonly Standing[], pieces: readonly Piece[]): Standing[] {
    for (const { nodes } of before.slice(pieces.length)) for (const node of nodes) node.remove();
    const others = [...pieces.entries()].filter(([place, piece]) => piece !== before[place]?.piece);
    const parsed = parse(
      parent,
      others.map(([, piece]) => this.#edit(outside(piece))),
    );
    const now = before.slice(0, pieces.length);
    // The last one first: so what the others have to stand before is there already.
    for (const [place, piece] of others.toReversed()) {
      const fresh = parsed.pop() as Element;
      const end = now.slice(place + 1).find(({ nodes }) => nodes.length > 0)?.nodes[0];
      now[place] = this.#renewOne(parent, now[place], { piece, fresh, end });
    }
    return now;
  }

  #renewOne(parent: Element, old: Standing | undefined, { piece, fresh, end }: Wanted): Standing {
    if (typeof piece === "string") return { piece, nodes: renew(parent, old?.nodes ?? [], fresh, end) };
    const [known] = old?.nodes ?? [];
    const wanted = fresh.firstElementChild as Element;
    if (old?.inside !== undefined && known instanceof Element && known.tagName === wanted.tagName) {
      setAttributes(known, wanted);
      return { piece, nodes: [known], inside: this.#renewAll(known, old.inside, piece.pieces) };
    }
    const nodes = renew(parent, old?.nodes ?? [], fresh, end);
    return { piece, nodes, inside: this.#renewAll(nodes[0] as Element, [], piece.pieces) };
  }
}

interface Wanted {
  readonly piece: Piece;
  /** Its nodes; of a group the element with nothing in it. */
  readonly fresh: Element;
  /** What follows it; nothing at the end. */
  readonly end: ChildNode | undefined;
}

const doubted = ({ nodes, inside }: Standing): Standing => ({
  piece: undefined,
  nodes,
  ...(inside && { inside: inside.map(doubted) }),
});

const outside = (piece: Piece) =>
  typeof piece === "string" ? piece : `<${piece.tag} ${piece.attributes}></${piece.tag}>`;

/** Parses all of them at one go, as what may stand in that parent; gives for each an element with its nodes in it. */
function parse(parent: Element, markups: readonly string[]): Element[] {
  if (markups.length === 0) return [];
  const isSvg = parent instanceof SVGElement;
  const tag = isSvg ? "g" : "div";
  const all = markups.map((markup) => `<${tag}>${markup}</${tag}>`).join("");
  const template = document.createElement("template");
  template.innerHTML = isSvg ? `<svg>${all}</svg>` : all;
  return [...((isSvg ? template.content.firstElementChild : template.content)?.children ?? [])];
}
