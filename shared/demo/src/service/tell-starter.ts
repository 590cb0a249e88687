/**
 * Tells the process that has started this one, with a channel between the two. One that has gone hears nothing, and that
 * is no error: whoever wants to end with it listens for "disconnect", which may come only after this was told.
 */
export function tellStarter(news: object): void {
  process.send?.(news, undefined, undefined, () => {});
}
