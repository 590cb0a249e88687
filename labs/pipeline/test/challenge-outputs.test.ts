import { challenge, explore, guarantee, type Sim } from "@pattern-labs/testkit";
import { show } from "@pattern-labs/testkit/outcome";
import { it } from "vitest";
import type { OutputFailed } from "../contract.ts";
import { entries, Rig } from "./rig.ts";
import { lab } from "./subject.ts";

/** Two outputs; those that are named in `failing` throw at their second line. */
function rigOf(sim: Sim, failing: readonly number[], told: OutputFailed[]) {
  const calls = [0, 0];
  const rig = new Rig(sim, {
    sources: [entries("a", 4)],
    outputs: 2,
    output: async (index) => {
      calls[index] = (calls[index] ?? 0) + 1;
      await sim.as(`output ${index}`, () => sim.io("writes"));
      if (failing.includes(index) && calls[index] === 2) throw new Error(`output ${index} is gone`);
    },
    options: { onOutputFailed: (failed) => void told.push(failed) },
  });
  return { rig, calls };
}

const options = { leaks: false, maxSchedules: 150 } as const;

challenge("outputs", lab, () => {
  it("outputs.1 an output that fails is told once and given up, and the others get everything", () =>
    explore(async (sim) => {
      const told: OutputFailed[] = [];
      const { rig, calls } = rigOf(sim, [1], told);
      const counters = await sim.waitFor("the end", rig.run().done, () => ({
        happened: "one of two outputs failed, and the pipeline came to a halt",
        expected: "the other one goes on",
        why: "Nobody reads the lines of the one that failed any more: they must not hold up the rest.",
      }));
      const failures = told.map(({ output, error }) => `${output}: ${(error as Error).message}`).join(", ");
      guarantee(failures === "1: output 1 is gone" && calls[1] === 2 && rig.taken[0]?.length === 4, {
        happened: `output 1 threw at its second line; told was ${failures || "nothing"}, it was called ${calls[1]} times, and output 0 got ${rig.taken[0]?.length} of 4 lines`,
        expected: "it is told once, not called again, and the other output gets 4",
        why: "The terminal was closed; that is no reason to stop writing the file.",
      });
      guarantee(counters.written === 4 && counters.discarded === 0, {
        happened: `\`done\` resolved to ${show(counters)}`,
        expected: "4 written, 0 discarded: every output that has not been given up has them",
        why: "The figures tell of the lines, not of the outputs.",
      });
    }, options));

  it("outputs.2 when the last one has failed, the pipeline fails, and the counters add up", () =>
    explore(async (sim) => {
      const told: OutputFailed[] = [];
      const { rig } = rigOf(sim, [0, 1], told);
      const pipeline = rig.run();
      const error = await sim.waitFor(
        "the failure",
        pipeline.done.then(
          () => "no error",
          (reason: unknown) => reason,
        ),
      );
      const { name, stage } = error as { readonly name?: string; readonly stage?: string };
      const { read, rejected, filtered, written, discarded } = pipeline.counters();
      guarantee(name === "PipelineError" && stage === "output" && told.length === 2, {
        happened: `both outputs failed, ${told.length} failures were told, and \`done\` gave ${show(error)}`,
        expected: "both are told, and `done` rejects with a PipelineError of the stage output",
        why: "A pipeline that writes nowhere is none.",
      });
      guarantee(read === rejected + filtered + written + discarded && read === rig.parsed.length, {
        happened: `${read} read, ${written} written, ${discarded} discarded`,
        expected: "they add up",
        why: "If the figures do not add up, nobody can tell whether a line was lost.",
      });
    }, options));
});
