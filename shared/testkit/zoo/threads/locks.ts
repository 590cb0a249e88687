/** Locks that guard a plain counter. */

interface Memory {
  readonly lock: SharedArrayBuffer;
  readonly count: SharedArrayBuffer;
}

const FREE = 0;
const HELD = 1;
const CONTENDED = 2;

const open = (memory: Memory) => ({ lock: new Int32Array(memory.lock), count: new Int32Array(memory.count) });

function raise(count: Int32Array): void {
  count[0] = (count[0] ?? 0) + 1;
}

/** Wrong: between seeing it free and taking it somebody else may do the same. */
export function checkThenAct(memory: Memory): void {
  const { lock, count } = open(memory);
  while (Atomics.load(lock, 0) === HELD) Atomics.wait(lock, 0, HELD);
  Atomics.store(lock, 0, HELD);
  raise(count);
  Atomics.store(lock, 0, FREE);
  Atomics.notify(lock, 0, 1);
}

/** Wrong: given back without an atomic operation, it hands nothing over. */
export function plainUnlock(memory: Memory): void {
  const { lock, count } = open(memory);
  while (Atomics.compareExchange(lock, 0, FREE, HELD) !== FREE);
  raise(count);
  lock[0] = FREE;
}

/** Wrong: whoever sleeps is never woken. */
export function forgetsToWake(memory: Memory): void {
  const { lock, count } = open(memory);
  while (Atomics.compareExchange(lock, 0, FREE, HELD) !== FREE) Atomics.wait(lock, 0, HELD);
  raise(count);
  Atomics.store(lock, 0, FREE);
}

/** Wrong: who gets the lock after sleeping forgets that others may still sleep. It takes three to notice. */
export function forgetsOthers(memory: Memory): void {
  const { lock, count } = open(memory);
  let found = Atomics.compareExchange(lock, 0, FREE, HELD);
  while (found !== FREE) {
    if (found === CONTENDED || Atomics.compareExchange(lock, 0, HELD, CONTENDED) !== FREE) {
      Atomics.wait(lock, 0, CONTENDED);
    }
    found = Atomics.compareExchange(lock, 0, FREE, HELD);
  }
  raise(count);
  unlock(lock);
}

/** Mutex 2 of Drepper, "Futexes Are Tricky" (2011). */
export function drepper(memory: Memory): void {
  const { lock, count } = open(memory);
  lockIt(lock);
  raise(count);
  unlock(lock);
}

function lockIt(lock: Int32Array): void {
  let found = Atomics.compareExchange(lock, 0, FREE, HELD);
  if (found === FREE) return;
  if (found !== CONTENDED) found = Atomics.exchange(lock, 0, CONTENDED);
  while (found !== FREE) {
    Atomics.wait(lock, 0, CONTENDED);
    found = Atomics.exchange(lock, 0, CONTENDED);
  }
}

function unlock(lock: Int32Array): void {
  if (Atomics.sub(lock, 0, 1) === HELD) return;
  Atomics.store(lock, 0, FREE);
  Atomics.notify(lock, 0, 1);
}

/** Never sleeps: fine here, as whoever spins lets the others go on. */
export function spin(memory: Memory): void {
  const { lock, count } = open(memory);
  while (Atomics.compareExchange(lock, 0, FREE, HELD) !== FREE);
  raise(count);
  Atomics.store(lock, 0, FREE);
}

/** Gives up when it takes too long; waiting is then over, too. */
export function lockWithTimeout(memory: Memory): void {
  const { lock, count } = open(memory);
  let found = Atomics.exchange(lock, 0, CONTENDED);
  while (found !== FREE) {
    if (Atomics.wait(lock, 0, CONTENDED, 100) === "timed-out") return;
    found = Atomics.exchange(lock, 0, CONTENDED);
  }
  raise(count);
  unlock(lock);
}

/** Wrong: who gives up is taken for one who was woken. */
export function timeoutTakenForLock(memory: Memory): void {
  const { lock, count } = open(memory);
  if (Atomics.exchange(lock, 0, CONTENDED) !== FREE) Atomics.wait(lock, 0, CONTENDED, 100);
  raise(count);
  unlock(lock);
}

/** Two locks, `lock[0]` and `lock[1]`, taken in the order that `name` tells. Wrong where the orders differ. */
export function inOwnOrder(memory: Memory, { name }: { readonly name: string }): void {
  const { lock, count } = open(memory);
  const [first, second] = [lock.subarray(0, 1), lock.subarray(1, 2)];
  const order = name === "Ann" ? [first, second] : [second, first];
  for (const one of order) lockIt(one);
  raise(count);
  for (const one of order) unlock(one);
}

export function inOneOrder(memory: Memory): void {
  inOwnOrder(memory, { name: "Ann" });
}

/** Peterson's (1981): works by atomic loads and stores alone. */
export function peterson(memory: Memory, { name }: { readonly name: string }): void {
  const { lock, count } = open(memory);
  const [me, other] = name === "Ann" ? [0, 1] : [1, 0];
  Atomics.store(lock, me, 1);
  Atomics.store(lock, 2, other);
  while (Atomics.load(lock, other) === 1 && Atomics.load(lock, 2) === other);
  raise(count);
  Atomics.store(lock, me, 0);
}

/** Wrong: politeness first and interest second lets both in. */
export function petersonReversed(memory: Memory, { name }: { readonly name: string }): void {
  const { lock, count } = open(memory);
  const [me, other] = name === "Ann" ? [0, 1] : [1, 0];
  Atomics.store(lock, 2, other);
  Atomics.store(lock, me, 1);
  while (Atomics.load(lock, other) === 1 && Atomics.load(lock, 2) === other);
  raise(count);
  Atomics.store(lock, me, 0);
}
