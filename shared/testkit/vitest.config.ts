import { packageConfig } from "./src/package-config.ts";

/** They start processes by the dozen, look at all that their process holds, or take the clocks. */
const ALONE = [
  "src/{clock,judge,lab-config,leaks,mutants,simulation}.test.ts",
  "src/judge/screening.test.ts",
  "zoo/{leaks,schedules,threads}/zoo.test.ts",
];

// The other files leave nothing that another one would notice, so a process runs them one after the other: most are
// done sooner than a process for each would have started.
export default packageConfig(import.meta.url, {
  include: [], // What is included here would be so in both projects.
  projects: [
    { extends: true, test: { name: "alone", include: ALONE } },
    {
      extends: true,
      test: {
        name: "together",
        include: ["src/**/*.test.ts", "zoo/**/*.test.ts"],
        exclude: ALONE,
        isolate: false,
      },
    },
  ],
});
