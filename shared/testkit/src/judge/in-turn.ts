/** Runs in a test process: the tests of one file against several answers, one after the other. */
import { aroundAll, describe } from "vitest";
import { withLittleEffort } from "../effort.ts";
import { noLeaks } from "../leaks.ts";
import { giveUpAfter } from "../watchdog/watch.ts";
import { type Answer, keyOf } from "./answer.ts";
import { AnswerLoader } from "./answer-loader.ts";
import { commonGround, expectUnchanged } from "./common-ground.ts";

export interface InTurn {
  readonly labDir: string;
  readonly file: string;
  readonly answers: readonly Answer[];
}

/** Whatever hangs here is judged once more, and then with more patience. */
const HUNG_AFTER_CPU_MS = 1_000;

/**
 * Each answer gets a suite, with its key for a name. The suite fails if the answer leaves anything behind that the
 * next one could stumble over, and also if it cannot be loaded: for then it is empty.
 */
export async function describeInTurn({ labDir, file, answers }: InTurn): Promise<void> {
  giveUpAfter(HUNG_AFTER_CPU_MS);
  const loader = new AnswerLoader(labDir, answers);
  for (const answer of answers) {
    describe(keyOf(answer), async () => {
      aroundAll(async (runSuite) => {
        const before = commonGround();
        const run = () => noLeaks(runSuite, { promises: false, listeners: false, settle: 0 });
        // That the reference passes all schedules is known. Here it shows that its forerunners have spoilt nothing.
        await (answer.kind === "reference" ? withLittleEffort(run) : run());
        expectUnchanged(before);
      });
      await loader.load(file, answer).catch(() => {}); // What is wrong with it is told when it is judged alone.
    });
  }
}
