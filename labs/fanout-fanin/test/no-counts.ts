/** What is no number of files, tasks or threads. */
export const NO_COUNTS: readonly number[] = [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY];
