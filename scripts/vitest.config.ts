import { packageConfig } from "@pattern-labs/testkit/package-config";

export default packageConfig(import.meta.url, { include: ["*.test.ts"] });
