import { labConfig } from "@pattern-labs/testkit/lab-config";

export default labConfig(import.meta.url);
