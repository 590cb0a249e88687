/** One thread writes something and another reads it. */

interface Memory {
  readonly message: SharedArrayBuffer;
  readonly flag: SharedArrayBuffer;
}

const open = (memory: Memory) => ({
  message: new Float64Array(memory.message),
  flag: new Int32Array(memory.flag),
});

/** Wrong: nothing says that the message stands before the flag is seen. */
export function sendPlainly(memory: Memory): void {
  const { message, flag } = open(memory);
  message[0] = 42;
  flag[0] = 1;
}

/** Wrong: the flag is up before the message stands. */
export function sendTooLate(memory: Memory): void {
  const { message, flag } = open(memory);
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
  message[0] = 42;
}

/** Wrong: no flag, so who looks before sleeping finds nothing, and who sleeps after the notify sleeps for ever. */
export function notifyOnly(memory: Memory): void {
  const { flag } = open(memory);
  Atomics.notify(flag, 0);
}

export function notifyOne(memory: Memory): void {
  const { flag } = open(memory);
  Atomics.notify(flag, 0, 1);
}

export function sleepOnly(memory: Memory): void {
  const { flag } = open(memory);
  Atomics.wait(flag, 0, 0);
}

export function send(memory: Memory): void {
  const { message, flag } = open(memory);
  message[0] = 42;
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

export function receive(memory: Memory): number | undefined {
  const { message, flag } = open(memory);
  Atomics.wait(flag, 0, 0);
  return Atomics.load(flag, 0) === 1 ? message[0] : undefined;
}

/** Wrong: it waits while it should see by itself that nothing changes any more. */
export function poll(memory: Memory): void {
  const { flag } = open(memory);
  while (Atomics.load(flag, 0) === 0);
}

export function receiveInPromise(memory: Memory): Promise<number | undefined> {
  return receiveLater(memory);
}

async function receiveLater(memory: Memory): Promise<number | undefined> {
  const { message, flag } = open(memory);
  const wait = Atomics.waitAsync(flag, 0, 0);
  await wait.value;
  return message[0];
}

/** Wrong: it goes away, but its place in the line stays, and takes the wake-up that another one needs. */
export async function leaveInTheLine(
  memory: Memory,
  { moment }: { readonly moment: (label: string) => Promise<void> },
): Promise<void> {
  const { flag } = open(memory);
  await Promise.race([moment("gives up"), Atomics.waitAsync(flag, 0, 0).value]);
}

export function fail(): void {
  throw new RangeError("no such page");
}

export function computeForEver(): void {
  for (;;);
}

export function sum(memory: Memory): void {
  const { message } = open(memory);
  for (let i = 0; i < 2_000; i += 1) message[0] = (message[0] ?? 0) + 1;
}
