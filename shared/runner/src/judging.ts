import type { Judge, TestOutcome } from "@pattern-labs/testkit/judge";
import { keepingSignals } from "./own-signals.ts";
import type { Lab } from "./road.ts";
import { testFiles } from "./test-files.ts";
import { type LabVerdict, type Target, toVerdict } from "./verdict.ts";

/** What to judge, of which answer. */
export interface JudgingRequest {
  readonly target: Target;
  readonly files?: readonly string[];
  readonly titles?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onStart?: (title: string) => void;
  readonly onTest?: (outcome: TestOutcome) => void;
}

/** Judges a lab's answers. Kept open, its second run is warm. */
export interface LabJudge extends AsyncDisposable {
  judge(request: JudgingRequest): Promise<LabVerdict>;
}

/** The test kit's own judge, for what goes beyond one answer. */
export async function openRawJudge(lab: Lab): Promise<Judge> {
  const { createJudge } = await import("@pattern-labs/testkit/judge");
  return keepingSignals(() => createJudge({ labDir: lab.folder }));
}

/**
 * Opens the judge of a lab. It is loaded only here: most of the commands get by without a test runner, and start the
 * quicker for it.
 */
export async function openJudge(lab: Lab): Promise<LabJudge> {
  const judge = await openRawJudge(lab);
  return {
    judge: async ({ target, files = testFiles(lab), titles, signal, onStart, onTest }) => {
      // A lab that is only being built: nothing is judged, and nothing holds.
      if (files.length === 0)
        return toVerdict(lab, target, { answer: { kind: target }, tests: [], problems: [] }, []);
      let output = "";
      const [judgement] = await judge.run([
        {
          answer: { kind: target },
          files,
          onOutput: (text) => {
            output += text;
          },
          ...(titles && { titles }),
          ...(signal && { signal }),
          ...(onStart && { onStart }),
          ...(onTest && { onTest }),
        },
      ]);
      if (judgement === undefined) throw new Error(`The judge of ${lab.name} gave no judgement.`);
      // A file of which no test was asked for is silent by right.
      const asked =
        titles === undefined ? files : files.filter((file) => judgement.tests.some((t) => t.file === file));
      return { ...toVerdict(lab, target, judgement, asked), ...(output !== "" && { output }) };
    },
    [Symbol.asyncDispose]: () => judge[Symbol.asyncDispose](),
  };
}
