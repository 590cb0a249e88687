import type { JobRecord, JobStore } from "../../contract.ts";
import { newJob } from "../../given/new-job.ts";
import type { Settings } from "../../given/options.ts";

type Fields = Partial<JobRecord>;

/** The children that a run of a handler has added. Their ids follow from the parent's: a second run adds no others. */
export class Children {
  readonly ids: string[] = [];
  readonly #parent: string;
  readonly #settings: Settings;

  constructor(parent: string, settings: Settings) {
    this.#parent = parent;
    this.#settings = settings;
  }

  async add(name: string, type: string, payload: unknown): Promise<string> {
    const { store, types } = this.#settings;
    const child = newJob(types, type, payload, `${this.#parent}/${name}`);
    await store.insert(child);
    if (!this.ids.includes(child.id)) this.ids.push(child.id);
    return child.id;
  }
}

/** The handler is done, the job is not: it holds no place, and whoever claims it looks after its children. */
export const waitingFor = (children: readonly string[], result: unknown, { pollMs }: Settings): Fields => ({
  ...lookedAfter(pollMs),
  children,
  result,
});

/** How a parent goes on: completed if all its children are, dead if one of them is not to be, else later. */
export async function afterChildren(
  parent: JobRecord,
  { store, pollMs, onError }: Settings,
): Promise<Fields> {
  const children = await childrenOf(parent, store).catch((error: unknown) => void onError(error));
  if (children === undefined) return lookedAfter(pollMs); // That the store fails says nothing about the job.
  const lost = children.find(({ state }) => state === "dead" || state === "cancelled");
  if (children.some(({ state }) => !HAS_ENDED.has(state))) return lookedAfter(pollMs);
  if (lost === undefined) return { state: "completed", attempts: parent.attempts + 1, error: undefined };
  return { state: "dead", error: `Its child ${lost.id} is ${lost.state}` };
}

const HAS_ENDED = new Set(["completed", "dead", "cancelled"]);

/** It is looked at again a poll later, not at once: nothing may have changed by then. */
const lookedAfter = (pollMs: number): Fields => ({ state: "pending", dueAt: Date.now() + pollMs });

async function childrenOf({ children = [] }: JobRecord, store: JobStore): Promise<JobRecord[]> {
  const found = await Promise.all(children.map((id) => store.get(id)));
  return found.filter((child) => child !== undefined); // One that was removed had ended long ago.
}
