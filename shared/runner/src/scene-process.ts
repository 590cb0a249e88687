/** Runs one scene and sends what was recorded to the process that has started this one. */
import { pathToFileURL } from "node:url";
import { Recorder } from "@pattern-labs/picture";
import { initialValues, type Scene, sceneRandom } from "@pattern-labs/picture/scene";
import { runSimulated } from "@pattern-labs/testkit/run-simulated";

const [file = "", title = "", given = "{}"] = process.argv.slice(2);

// Loaded only now: the test kit's clocks must be in place before the answer takes hold of any.
const load = () => import(pathToFileURL(file).href) as Promise<{ readonly default: Scene }>;

let recorder = new Recorder({ title, clock: "simulated" });
const problem = await tellProblem(async () => {
  const { default: scene } = await load();
  return await runSimulated(async () => {
    const values = { ...initialValues(scene), ...JSON.parse(given) };
    const stop = new AbortController();
    const end = setTimeout(() => stop.abort(), scene.lengthMs);
    recorder = new Recorder({ ...scene.recording(values), title, clock: "simulated" });
    try {
      await scene.run({ values, recorder, signal: stop.signal, random: sceneRandom(), show: () => {} });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      clearTimeout(end);
    }
  });
});
process.send?.({ recording: recorder.toJSON(), problem });

async function tellProblem(run: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await run();
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}
