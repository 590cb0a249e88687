import { packageConfig } from "@pattern-labs/testkit/package-config";

// The command lives by the real clock, and so do its tests: nothing is simulated here.
// Most of the time they wait for the commands that they start, so two files run at once on any machine; and no file
// leaves anything that another one would notice, so both processes load the test runner, which they judge with, once.
export default packageConfig(import.meta.url, { setupFiles: [], maxWorkers: 2, isolate: false });
