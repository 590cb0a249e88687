/** Counters that several threads raise. */

interface Memory {
  readonly count: SharedArrayBuffer;
}

const view = ({ count }: Memory) => new Int32Array(count);

/** Wrong: a read and a write, which nothing orders. */
export function plain(memory: Memory): void {
  const count = view(memory);
  count[0] = (count[0] ?? 0) + 1;
}

/** Wrong: each access is atomic, both together are not. */
export function split(memory: Memory): void {
  const count = view(memory);
  const seen = Atomics.load(count, 0);
  Atomics.store(count, 0, seen + 1);
}

export function atomic(memory: Memory): void {
  Atomics.add(view(memory), 0, 1);
}

/** Tries again until nobody has come between. */
export function compareAndSwap(memory: Memory): void {
  const count = view(memory);
  for (;;) {
    const seen = Atomics.load(count, 0);
    if (Atomics.compareExchange(count, 0, seen, seen + 1) === seen) return;
  }
}

/** Wrong: who finds a place free need not be the one who takes it. */
export function takeCarelessly(memory: Memory): void {
  const places = view(memory);
  if (Atomics.load(places, 0) > 0) Atomics.sub(places, 0, 1);
}

export function takeCarefully(memory: Memory): void {
  const places = view(memory);
  for (let free = Atomics.load(places, 0); free > 0; ) {
    const seen = Atomics.compareExchange(places, 0, free, free - 1);
    if (seen === free) return;
    free = seen;
  }
}

/** Wrong: what is read atomically is no better ordered than how it was written. */
export function mixed(memory: Memory, { name }: { readonly name: string }): void {
  const count = view(memory);
  if (name === "Ann") count[0] = 1;
  else Atomics.load(count, 0);
}

/** Wrong: atomic, but each of other bytes, so nothing orders them. */
export function mixedSizes({ count }: Memory, { name }: { readonly name: string }): void {
  if (name === "Ann") Atomics.store(new Int32Array(count), 0, 1);
  else Atomics.load(new Int16Array(count), 0);
}

/** Neighbours: of the same word, but not the same bytes. */
export function neighbours({ count }: Memory, { name }: { readonly name: string }): void {
  new Uint8Array(count)[name === "Ann" ? 0 : 1] = 1;
}

/** Wrong: the arrays' own methods touch shared memory, too. */
export function fill({ count }: Memory): void {
  new Uint8Array(count).fill(7);
}
