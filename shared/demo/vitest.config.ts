import { packageConfig } from "@pattern-labs/testkit/package-config";

// It stops real processes and paints real streams: nothing is simulated here.
export default packageConfig(import.meta.url, { setupFiles: [] });
