import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme";
import { h } from "vue";
import { LabCards } from "./lab-cards.ts";
import { LabTabs } from "./lab-tabs.ts";
import { PlayedAnswer } from "./played-answer.ts";
import "./style.css";

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, undefined, { "doc-before": () => h(LabTabs) }),
  enhanceApp({ app }) {
    app.component("LabCards", LabCards);
    app.component("PlayedAnswer", PlayedAnswer);
    if (import.meta.env.SSR) return;
    void import("../../playground/element.ts");
    void import("../../order/element.ts");
  },
} satisfies Theme;
