import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const folder = join(import.meta.dirname, "node");
const PREFIX = "\0not-in-a-browser:";

/**
 * Lets the labs' code run in a browser as it stands. Of what Node brings along, the few things that scenes need have a
 * stand-in in `node/`; everything else can be imported, and says where it is missing once it is used.
 */
export function forBrowser(): Plugin {
  return {
    name: "for-browser",
    enforce: "pre",
    applyToEnvironment: ({ name }) => name === "client",
    resolveId: (source) => (source.startsWith("node:") ? PREFIX + source : undefined),
    async load(id) {
      if (!id.startsWith(PREFIX)) return undefined;
      const name = id.slice(PREFIX.length);
      const standIn = join(folder, `${name.slice(5).replaceAll("/", "-")}.ts`);
      const given = existsSync(standIn) ? Object.keys(await import(standIn)) : [];
      const exported = Object.keys(await import(name)).filter((key) => /^[a-zA-Z_]\w*$/.test(key));
      return [
        `import { missing } from ${JSON.stringify(join(folder, "missing.ts"))};`,
        ...(given.length > 0 ? [`export * from ${JSON.stringify(standIn)};`] : []),
        ...exported.filter((key) => !given.includes(key)).map((key) => lineOf(name, key)),
      ].join("\n");
    },
  };
}

const lineOf = (module: string, key: string) =>
  key === "default"
    ? `export default missing("${module}");`
    : `const $${key} = missing("${module}", "${key}"); export { $${key} as ${key} };`;
