import { packageConfig } from "@pattern-labs/testkit/package-config";

// No file leaves anything that another one would notice, so a process runs one after the other: half of the time went
// into starting a process for each.
export default packageConfig(import.meta.url, { isolate: false });
