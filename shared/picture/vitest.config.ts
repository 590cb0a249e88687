// By its path: the test kit depends on this package, so this one cannot depend on the test kit.
import { packageConfig } from "../testkit/src/package-config.ts";

export default packageConfig(import.meta.url);
