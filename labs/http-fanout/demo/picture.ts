import { Recorder } from "@pattern-labs/picture";
import type { Act } from "./act.ts";
import { CALL_LIMIT, SERVICES } from "./names.ts";

/** The calls that are under way, of all services and of each, as they were seen four times a second. */
export class DemoPicture {
  #recorder: Recorder | undefined;
  #marked = "";

  /** As far as anything was seen: it begins with the first look. */
  get recorder(): Recorder {
    this.#recorder ??= new Recorder({
      title: "http-fanout",
      limits: { calls: CALL_LIMIT },
      rows: ["calls", ...SERVICES],
    });
    return this.#recorder;
  }

  look({ scrape, underWay, phases, options }: Act): void {
    const phase = phases.length === 1 ? `${options.name}: ${phases[0]?.name}` : (phases.at(-1)?.name ?? "");
    if (phase !== this.#marked) this.recorder.mark(phase);
    this.#marked = phase;
    this.recorder.level("calls", scrape.get("gateway_calls"));
    for (const [n, service] of SERVICES.entries()) this.recorder.level(service, underWay[n] ?? 0);
  }
}
