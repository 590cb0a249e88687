import {
  checkCount,
  checkFunction,
  checkMs,
  checkOptionalFunction,
  checkOptions,
} from "../arguments/check.ts";

export interface ResourcePoolOptions<T> {
  /** Opens a resource. The signal aborts when the pool closes. */
  readonly create: (options: { readonly signal: AbortSignal }) => T | PromiseLike<T>;
  /** Closes a resource that the pool has no more use for, be it broken. */
  readonly destroy: (resource: T) => unknown;
  /** Tells whether a resource that was used before is still good; to throw means no. Asked at each lending. */
  readonly check?:
    | ((resource: T, options: { readonly signal: AbortSignal }) => boolean | PromiseLike<boolean>)
    | undefined;
  /** How many resources may exist at once, those that are being opened or closed included. */
  readonly limit: number;
  /** How long a resource may lie unused before it is destroyed. `Infinity`, the default: until the pool closes. */
  readonly idleMs?: number | undefined;
}

export function checkResourcePoolOptions<T>(options: ResourcePoolOptions<T>): void {
  checkOptions(creating, options);
  const { create, destroy, check, limit, idleMs = Infinity } = options;
  checkFunction(creating, "create", create);
  checkFunction(creating, "destroy", destroy);
  checkOptionalFunction(creating, "check", check);
  checkCount(creating, "limit", limit);
  checkMs(creating, "idleMs", idleMs);
}

const creating = "create ResourcePool";
