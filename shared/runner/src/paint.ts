import colours from "yoctocolors";

/** Colours by meaning. With `colour: false` every one of them leaves the text as it is. */
export interface Paint {
  /** Whether there are any: for pictures, which choose their own. */
  readonly isColoured: boolean;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  /** What can be typed or opened: commands, files, keys. */
  readonly accent: (text: string) => string;
  readonly strong: (text: string) => string;
  readonly dim: (text: string) => string;
}

const asItIs = (text: string) => text;

export const plain: Paint = {
  isColoured: false,
  good: asItIs,
  bad: asItIs,
  warn: asItIs,
  accent: asItIs,
  strong: asItIs,
  dim: asItIs,
};

const coloured: Paint = {
  isColoured: true,
  good: colours.green,
  bad: colours.red,
  warn: colours.yellow,
  accent: colours.cyan,
  strong: colours.bold,
  dim: colours.dim,
};

export function paintFor(colour: boolean): Paint {
  return colour ? coloured : plain;
}
