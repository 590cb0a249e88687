import { packageConfig } from "@pattern-labs/testkit/package-config";

// The command lives by the real clock, and so do its tests: nothing is simulated here.
export default packageConfig(import.meta.url, { setupFiles: [] });
