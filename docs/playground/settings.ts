import type { Controls } from "@pattern-labs/picture/scene";
import type { Settings } from "./protocol.ts";

/** What the controls say at first, or what the address asks for: `?workers=2&policy=drop-oldest`. */
export function settingsOf(controls: Controls, address: string): Settings {
  const asked = new URLSearchParams(address);
  const entries = Object.entries(controls).map(([name, control]) => {
    const given = asked.get(name);
    if (given === null) return [name, control.value];
    if (control.kind === "choice") return [name, control.values.includes(given) ? given : control.value];
    const number = Math.round(Number(given));
    return [
      name,
      Number.isNaN(number) ? control.value : Math.min(control.max, Math.max(control.min, number)),
    ];
  });
  return Object.fromEntries(entries);
}
