import type { Chapter, Kind } from "./kind.ts";
import { ending } from "./kinds/ending.ts";
import { failing } from "./kinds/failing.ts";
import { howMuch } from "./kinds/how-much.ts";
import { language } from "./kinds/language.ts";
import { leavingNothing } from "./kinds/leaving-nothing.ts";
import { losing } from "./kinds/losing.ts";
import { stopping } from "./kinds/stopping.ts";
import { whoIsNext } from "./kinds/who-is-next.ts";

/** All kinds of mistakes, in the order of the page. */
export const chapters: readonly Chapter[] = [
  howMuch,
  whoIsNext,
  stopping,
  failing,
  leavingNothing,
  losing,
  ending,
  language,
];

export const kinds: readonly Kind[] = chapters.flatMap((chapter) => chapter.kinds);
