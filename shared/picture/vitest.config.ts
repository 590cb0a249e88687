// By its path: the test kit depends on this package, so this one cannot depend on the test kit.
import { packageConfig } from "../testkit/src/package-config.ts";

// No file leaves anything that another one would notice, so a process runs one after the other: most of the time went
// into starting a process for each.
export default packageConfig(import.meta.url, { isolate: false });
