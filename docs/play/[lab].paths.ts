import { labs } from "../.vitepress/pages.ts";

/** A page for each lab that has a scene. */
export default {
  paths: () =>
    labs
      .filter(({ scene }) => scene !== undefined)
      .map(({ name, title, question }) => ({ params: { lab: name, title, question } })),
};
