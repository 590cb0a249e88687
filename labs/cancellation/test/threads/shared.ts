/** What the tests and their threads tell each other: [BEGUN], [STEPS], [ENDED] and [GO]. */
export type Shared = Int32Array<SharedArrayBuffer>;
export const BEGUN = 0;
export const STEPS = 1;
export const ENDED = 2;
export const GO = 3;

export const newShared = (): Shared => new Int32Array(new SharedArrayBuffer(16));

export function announce(shared: Shared, place: number): void {
  Atomics.store(shared, place, 1);
  Atomics.notify(shared, place);
}
