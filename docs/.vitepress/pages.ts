/**
 * Which files of the repository are pages, and where. They stay where they lie and link to each other as files do; the
 * site is made from that.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "../..");

/** A lab as its package.json tells it. */
export interface LabEntry {
  readonly name: string;
  readonly order: number;
  readonly title: string;
  readonly question: string;
  readonly minutes: number;
  /** What its scene asks, if it has one. */
  readonly scene: string | undefined;
  /** What its race is called, if it has one. */
  readonly race: string | undefined;
}

/** The nine, in the order of the road. */
export const labs: readonly LabEntry[] = globSync("labs/*/package.json", { cwd: root })
  .map((file) => {
    const { name, lab } = JSON.parse(readFileSync(join(root, file), "utf8"));
    const { order, title, question, minutes } = lab;
    const scene = namedIn(`labs/${name}/play.ts`);
    const race = namedIn(`docs/race/${name}.ts`);
    return { name, order, title, question, minutes, scene, race };
  })
  .sort((one, other) => one.order - other.order);

/** The title that a scene or a race gives itself. */
function namedIn(file: string): string | undefined {
  const path = join(root, file);
  if (!existsSync(path)) return undefined;
  return /^ {2}title: "(.+)",$/m.exec(readFileSync(path, "utf8"))?.[1] ?? file;
}

/** Hints come one at a time, by `lab hint`; the page at the root of the repository is the start page's sister. */
export const notPages = [
  "README.md",
  "**/HINTS.md",
  "**/{attempt,bug,fixtures,.attempts}/**",
  "docs/{.vitepress,node_modules}/**",
];

/** "labs/worker-pool/README.md" is the page "labs/worker-pool/index.md". */
export function pageOf(file: string): string {
  return file
    .replace(/^docs\/(play|race)\/(.+)\.md$/, "labs/$2/$1.md")
    .replace(/^docs\//, "")
    .replace(/README\.md$/, "index.md")
    .replace(/(TRADEOFFS|CONTRIBUTING)\.md$/, (name) => name.toLowerCase());
}

/** "/labs/worker-pool/" is the address of "labs/worker-pool/index.md". */
export const addressOf = (page: string): string =>
  `/${page.replace(/(^|\/)index\.md$/, "$1").replace(/\.md$/, ".html")}`;

const isPage = (file: string) => file.endsWith(".md") && !/(^README|HINTS)\.md$/.test(file);

/** Where a link leads that a page at `from` has to the file `to`, both from the root; undefined for a folder. */
export function targetOf(from: string, to: string): string | undefined {
  const file = relative(root, resolve(root, dirname(from), to));
  if (!existsSync(join(root, file))) throw new Error(`${from} links to ${to}, which is not there`);
  if (file === "README.md") return "/";
  if (isPage(file)) return addressOf(pageOf(file));
  return file.endsWith(".ts") ? addressOf(`source/${file.replace(/\.ts$/, ".md")}`) : undefined;
}

/** The pages as files, from the root of the repository. */
export const pages: readonly string[] = globSync(
  "{*.md,docs/*.md,docs/test/*.md,labs/**/*.md,shared/*/README.md}",
  {
    cwd: root,
    exclude: (path) => /(^|\/)(node_modules|attempt|bug|fixtures|\.\w+)(\/|$)/.test(path),
  },
)
  .filter(isPage)
  .sort();

/** The sources that some page links to: each has a page of its own. */
export const sources: readonly string[] = [
  ...new Set(
    pages.flatMap((page) => {
      const text = readFileSync(join(root, page), "utf8").replaceAll(/```[\s\S]*?```/g, "");
      const links = text.matchAll(/\]\(([^):\s]+\.ts)\)/g);
      return Array.from(links, ([, link = ""]) => relative(root, resolve(root, dirname(page), link)));
    }),
  ),
].sort();

/** The first heading. */
export function titleOf(file: string): string {
  const [, title = file] = /^# (.+)$/m.exec(readFileSync(join(root, file), "utf8")) ?? [];
  return title.replaceAll("`", "");
}
