import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root, sources } from "../.vitepress/pages.ts";

/** A page for each source that another page links to. */
export default {
  paths: () =>
    sources.map((source) => {
      const text = readFileSync(join(root, source), "utf8");
      return {
        params: { file: source.replace(/\.ts$/, "") },
        content: `# ${source}\n\n\`\`\`\`ts:line-numbers\n${text}\`\`\`\`\n`,
      };
    }),
};
