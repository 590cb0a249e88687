/** Made by `variants.ts`, of what stands in `docs/race`. */
declare module "virtual:races" {
  export const races: Readonly<
    Record<
      string,
      () => Promise<{
        readonly race: import("./race.ts").Race<unknown>;
        readonly mended: unknown;
        readonly broken: unknown;
        readonly bug: string;
        readonly changes: readonly import("./protocol.ts").Change[];
      }>
    >
  >;
}
