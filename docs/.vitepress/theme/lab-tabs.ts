import { useData } from "vitepress";
import { defineComponent, h } from "vue";
import type { ThemeConfig } from "../config.ts";

/** Above each page of a lab: the ways to look at it. */
export const LabTabs = defineComponent(() => {
  const { theme, page } = useData<ThemeConfig>();
  return () => {
    const [, name, here] =
      /^labs\/([^/]+)\/(index|play|race|tradeoffs)\.md$/.exec(page.value.relativePath) ?? [];
    const lab = theme.value.labs.find((one) => one.name === name);
    if (lab === undefined) return undefined;
    const tabs = [
      { page: "index", text: "The problem", address: "" },
      ...(lab.scene ? [{ page: "play", text: "Play it", address: "play.html" }] : []),
      ...(lab.race ? [{ page: "race", text: "The order of events", address: "race.html" }] : []),
      { page: "tradeoffs", text: "Trade-offs: read last", address: "tradeoffs.html" },
    ];
    const link = (tab: (typeof tabs)[number]) =>
      h(
        "a",
        {
          href: `/labs/${lab.name}/${tab.address}`,
          "aria-current": tab.page === here ? "page" : undefined,
        },
        tab.text,
      );
    const label = `Lab ${lab.order}, ${lab.title}`;
    return h("nav", { class: "lab-tabs", "aria-label": label }, [
      h("span", { class: "which" }, `Lab ${lab.order}`),
      ...tabs.map(link),
    ]);
  };
});
