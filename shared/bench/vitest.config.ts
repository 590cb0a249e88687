import { packageConfig } from "@pattern-labs/testkit/package-config";

// It measures by the real clock, in processes of its own: nothing is simulated here. A test starts up to a dozen of
// them one after the other, and the time-out only ends what hangs.
export default packageConfig(import.meta.url, { setupFiles: [], testTimeout: 300_000 });
