export { createGateway } from "http-fanout/solution/index.ts";
export declare const signal: AbortSignal;
export declare function get(
  url: string,
  options: { readonly signal: AbortSignal; readonly deadline: number },
): Promise<unknown>;
