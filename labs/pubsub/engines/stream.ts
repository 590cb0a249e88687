import { JetStreamApiError, type JetStreamManager, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { nanos } from "@nats-io/transport-node";
import type { StreamOptions } from "./jetstream-options.ts";
import type { Subjects } from "./wire.ts";

/** What a stream has. */
export interface Kept {
  /** The lowest number that is kept; that of the next message, if none is. */
  readonly first: number;
  readonly last: number;
  /** When it was begun: another stream of the same name has another time. */
  readonly created: string;
}

/** An attempt that is repeated within this time is stored once. */
const DUPLICATE_WINDOW_MS = 600_000;
/** JSStreamNameExistErr */
const NAME_IS_TAKEN = 10_058;

/** Begins the stream, unless it is there. @throws {Error} If it is there with other settings. */
export async function addStream(
  manager: JetStreamManager,
  subjects: Subjects,
  { name, history }: StreamOptions,
) {
  try {
    await manager.streams.add({
      name,
      subjects: [subjects.of("open a stream", ">")],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      max_msgs: history,
      duplicate_window: nanos(DUPLICATE_WINDOW_MS),
    });
  } catch (error) {
    if (!(error instanceof JetStreamApiError && error.code === NAME_IS_TAKEN)) throw error;
    const { config } = await manager.streams.info(name);
    const kept = config.max_msgs === history ? "other settings" : `a history of ${config.max_msgs}`;
    throw new Error(`it is there with ${kept}, not ${history}`, { cause: error });
  }
}
