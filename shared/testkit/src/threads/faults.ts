import type { Step } from "../simulation.ts";
import type { Access, Race } from "./happens-before.ts";
import type { Log } from "./log.ts";
import type { Sleepers } from "./sleepers.ts";
import type { State } from "./state.ts";

export function describeRace({ first, second }: Race, states: readonly State[], log: Log): Error {
  const describe = ({ thread: index, label, site }: Access) => {
    const thread = states[index]?.thread;
    return `  ${thread?.name} ${label}  ${thread?.place(site) ?? ""}`.trimEnd();
  };
  return new Error(
    [
      `Data race on ${log.nameOf(second)}: nothing orders`,
      describe(first),
      describe(second),
      "What either of them sees or leaves behind is up to the machine.",
    ].join("\n"),
  );
}

export function describeHalt(left: readonly State[], sleepers: Sleepers): Error {
  const lines = left.flatMap((state) => {
    const asleep = sleepers.describe(state);
    return asleep.length > 0 ? asleep : [`  ${state.thread.name} awaits something that never comes`];
  });
  return new Error(["Everything has come to a halt, and nobody is left to wake", ...lines].join("\n"));
}

export function describeLivelock(count: number, steps: readonly Step[]): Error {
  const busy = [...new Set(steps.slice(-20).map(({ actor, label }) => `  ${actor} ${label}`))];
  return new Error(
    [`It goes on for ever: ${count} steps and no end; the last of them were`, ...busy].join("\n"),
  );
}

export function describeLeftover(sleepers: Sleepers): Error {
  const headline = "All have ended, but somebody still waits, and would be woken in another's place:";
  return new Error([headline, ...sleepers.describe()].join("\n"));
}
