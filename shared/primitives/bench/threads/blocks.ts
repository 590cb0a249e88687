/** What the bench has hashed. */
export const BLOCKS = 5_000;
const BLOCK_BYTES = 16_384;
/**
 * A run hashes them as often as this, one pass after the other. The first passes of a process take up to twice as long
 * as later ones, for several compilers and heaps have to settle; so they belong to the warm-up, which is one run.
 */
export const PASSES = 8;
export type Blocks = () => Uint8Array[];

export const allPasses = (hashAll: () => Promise<number> | number) => async () => {
  let hashed = 0;
  for (let pass = 0; pass < PASSES; pass += 1) hashed += await hashAll();
  return hashed;
};

/** Each is cloned with its task. */
export const ownBlocks: Blocks = () =>
  Array.from({ length: BLOCKS }, (_, i) => new Uint8Array(new ArrayBuffer(BLOCK_BYTES)).fill(i));

/** None is. */
export const sharedBlocks: Blocks = () =>
  Array.from({ length: BLOCKS }, (_, i) => new Uint8Array(new SharedArrayBuffer(BLOCK_BYTES)).fill(i));
