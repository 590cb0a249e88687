/** Runs in a test process: tests of some files against some answers, one after the other. */
import { aroundAll, describe } from "vitest";
import { withLittleEffort } from "../effort.ts";
import { noLeaks } from "../leaks.ts";
import { giveUpAfter } from "../watchdog/watch.ts";
import type { Answer } from "./answer.ts";
import { AnswerLoader } from "./answer-loader.ts";
import { commonGround, expectUnchanged } from "./common-ground.ts";

export interface InTurn {
  readonly labDir: string;
  readonly turns: readonly Turn[];
}

export interface Turn {
  /** Of its suite. */
  readonly name: string;
  readonly file: string;
  readonly answer: Answer;
  /** It is the reference, and shows only that its forerunners have spoilt nothing. */
  readonly isProof: boolean;
}

/** Whatever hangs here is judged once more, and then with more patience. */
const HUNG_AFTER_CPU_MS = 1_000;

/**
 * Each turn gets a suite of its own. The suite fails if the answer leaves anything behind that the
 * next one could stumble over, and also if it cannot be loaded: for then it is empty.
 */
export async function describeInTurn({ labDir, turns }: InTurn): Promise<void> {
  giveUpAfter(HUNG_AFTER_CPU_MS);
  const loader = new AnswerLoader(
    labDir,
    turns.map(({ answer }) => answer),
  );
  for (const { name, file, answer, isProof } of turns) {
    describe(name, async () => {
      aroundAll(async (runSuite) => {
        const before = commonGround();
        const run = () => noLeaks(runSuite, { promises: false, listeners: false, settle: 0 });
        await (isProof ? withLittleEffort(run) : run()); // That it passes all schedules is known.
        expectUnchanged(before);
      });
      await loader.load(file, answer).catch(() => {}); // What is wrong with it is told when it is judged alone.
    });
  }
}
