import type {
  AdaptiveLimit,
  AdaptiveLimitOptions,
  AdmissionControl,
  AdmissionOptions,
  BufferOptions,
  Bulkhead,
  BulkheadOptions,
  EventBuffer,
  Lab,
  LatestBuffer,
  LatestOptions,
} from "../contract.ts";
import { CountedAdmission } from "./admission.ts";
import { BoundedBuffer } from "./buffer.ts";
import { KeyedBulkhead } from "./bulkhead.ts";
import { AimdLimit } from "./challenges/adaptive.ts";
import { LatestPerKey } from "./challenges/latest.ts";

export function createBuffer<T>(options: BufferOptions<T>): EventBuffer<T> {
  return new BoundedBuffer(options);
}

export function createAdmission(options: AdmissionOptions): AdmissionControl {
  return new CountedAdmission(options);
}

export function createBulkhead(options: BulkheadOptions): Bulkhead {
  return new KeyedBulkhead(options);
}

export { pace } from "./challenges/pace.ts";

export function createLatest<K, V>(options: LatestOptions): LatestBuffer<K, V> {
  return new LatestPerKey(options);
}

export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  return new AimdLimit(options);
}

export const attempted: Lab["attempted"] = ["pace", "latest", "adaptive"];
