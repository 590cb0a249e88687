import { existsSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { addressOf, labs, pageOf, pages, root, titleOf } from "./pages.ts";

const road: DefaultTheme.SidebarItem[] = [
  { text: "Start", link: "/" },
  ...itemsOf("labs/README.md"),
  ...labs.map(({ name, order, title }) => ({ text: `${order} · ${title}`, link: `/labs/${name}/` })),
];

export const sidebar: DefaultTheme.SidebarItem[] = [
  { text: "The labs", items: road },
  group("To read", ["concepts", "go-to-typescript", "pitfalls", "testing", "debugging"]),
  group("For a team", ["workshop", "exercise-index", "results", "comparisons", "decisions"]),
  {
    text: "What it is built with",
    collapsed: true,
    items: pages.filter((page) => page.startsWith("shared/")).flatMap(itemsOf),
  },
].filter(({ items }) => items.length > 0);

function group(text: string, names: readonly string[]) {
  return { text, items: names.flatMap((name) => itemsOf(`docs/${name}.md`)) };
}

function itemsOf(file: string): DefaultTheme.SidebarItem[] {
  if (!existsSync(join(root, file))) return [];
  return [{ text: titleOf(file), link: addressOf(pageOf(file)) }];
}
