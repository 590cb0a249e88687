import { packageConfig } from "@pattern-labs/testkit/package-config";

/** The site as it is built, in a browser: `npm run test:site`. */
export default packageConfig(import.meta.url, { include: ["test-browser/**/*.test.ts"] }, "site");
