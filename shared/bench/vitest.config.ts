import { packageConfig } from "@pattern-labs/testkit/package-config";

// It measures by the real clock, in processes of its own: nothing is simulated here.
export default packageConfig(import.meta.url, { setupFiles: [], isolate: false });
