import { useData } from "vitepress";
import { defineComponent, h } from "vue";
import type { ThemeConfig } from "../config.ts";

const LEADS = {
  problem: { page: "", about: "question", says: undefined },
  play: { page: "play.html", about: "scene", says: "play it" },
  race: { page: "race.html", about: "race", says: "break it" },
} as const;

/** The nine labs as cards: `to` says whether they lead to the problems, the playgrounds or the races. */
export const LabCards = defineComponent(
  ({ to }: { to: keyof typeof LEADS }) => {
    const { theme } = useData<ThemeConfig>();
    const { page, about, says } = LEADS[to];
    return () =>
      h(
        "ol",
        { class: "lab-cards" },
        theme.value.labs
          .filter((lab) => lab[about] !== undefined)
          .map(({ name, order, title, minutes, ...lab }) =>
            h("li", [
              h("a", { href: `/labs/${name}/${page}` }, [
                h("span", { class: "order" }, String(order)),
                h("strong", title),
                h("span", { class: "question" }, lab[about]),
                h("span", { class: "minutes" }, says ?? `${minutes} minutes`),
              ]),
            ]),
          ),
      );
  },
  { props: ["to"] },
);
