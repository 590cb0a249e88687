import { packageConfig } from "@pattern-labs/testkit/package-config";

// It stops real processes and paints real streams: nothing is simulated here. No file leaves anything that another one
// would notice, so a process runs one after the other: most of the time went into starting a process for each.
export default packageConfig(import.meta.url, { setupFiles: [], isolate: false });
