import { packageConfig } from "@pattern-labs/testkit/package-config";

export default packageConfig(import.meta.url, {
  include: ["{playground,order,.vitepress}/**/*.test.ts", "test/**/*.test.ts"],
});
