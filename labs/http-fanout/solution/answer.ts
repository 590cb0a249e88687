import type { Answer, Warning } from "../contract.ts";

/** What has become of a call, as far as its request is concerned. */
export type Fate = { readonly is: "succeeded"; readonly value: unknown } | { readonly is: Warning["reason"] };

export const FAILED: Fate = { is: "failed" };
export const LATE: Fate = { is: "late" };

/** `fates` are those of the `services`, in their order. */
export function toAnswer(services: readonly string[], fates: readonly Fate[]): Answer {
  const data: [service: string, value: unknown][] = [];
  const warnings: Warning[] = [];
  for (const [n, service] of services.entries()) {
    const fate = fates[n] ?? LATE;
    if (fate.is === "succeeded") data.push([service, fate.value]);
    else warnings.push({ service, reason: fate.is });
  }
  if (data.length > 0) return { status: 200, data: Object.fromEntries(data), warnings };
  if (fates.includes(LATE)) return { status: 504, title: "No service answered in time" };
  return { status: 502, title: "Every service failed" };
}
