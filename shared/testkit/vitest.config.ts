import { packageConfig } from "./src/package-config.ts";

export default packageConfig(import.meta.url, { include: ["src/**/*.test.ts", "zoo/**/*.test.ts"] });
