import { packageConfig } from "@pattern-labs/testkit/package-config";

// The command lives by the real clock, and so do its tests: nothing is simulated here.
// Most of the time they wait for the commands that they start, so two files run at once on any machine.
export default packageConfig(import.meta.url, { setupFiles: [], maxWorkers: 2 });
