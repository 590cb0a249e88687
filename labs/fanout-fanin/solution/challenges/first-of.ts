import { createGroup } from "../group.ts";

type Task<T> = (signal: AbortSignal) => Promise<T>;

/** To a group it is an error that ends the others. So here the winner throws, and a failure does not. */
export async function firstOf<T>(
  tasks: readonly Task<T>[],
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const group = createGroup({ signal });
  const errors: unknown[] = [];
  const compete = async (task: Task<T>, index: number) => {
    let value: T;
    try {
      value = await task(group.signal);
    } catch (error) {
      errors[index] = error;
      return;
    }
    throw new Success(value);
  };
  await Promise.allSettled(tasks.map((task, index) => group.go(() => compete(task, index))));
  const ending = await group.wait().catch((reason: unknown) => reason);
  if (ending instanceof Success) return ending.value;
  signal?.throwIfAborted();
  throw new AggregateError(errors, "Cannot give a first success: no task succeeded");
}

class Success<T> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
  }
}
