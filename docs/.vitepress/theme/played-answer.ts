import { useData } from "vitepress";
import { defineComponent, h } from "vue";
import type { ThemeConfig } from "../config.ts";

/** Below a playground: on which answer it is played, and how to have it played on one's own. */
export const PlayedAnswer = defineComponent(() => {
  const { theme, params } = useData<ThemeConfig>();
  const simulated =
    "Only the clock is simulated: it stands still until you let it go on, so the run is the same each time, at any speed, and you can stop it between any two events.";
  return () => {
    const lab = String(params.value?.["lab"]);
    const { played } = theme.value;
    if (played?.lab === lab && played.answer !== `labs/${lab}/solution/index.ts`) {
      return h("p", ["This is ", h("code", played.answer), `. It is played anew at each save. ${simulated}`]);
    }
    const command = h("code", `npx lab play ${lab}`);
    return [
      h("p", `This is the reference, unchanged, on the real primitives. ${simulated}`),
      h("p", [command, " plays your own attempt here, if there is one, and plays it anew at each save."]),
    ];
  };
});
