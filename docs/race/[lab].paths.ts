import { labs } from "../.vitepress/pages.ts";

/** A page for each lab that has a race. */
export default {
  paths: () =>
    labs
      .filter(({ race }) => race !== undefined)
      .map(({ name, title }) => ({ params: { lab: name, title } })),
};
