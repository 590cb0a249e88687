/** One connection that is kept open for a while after its last use. */
export function createConnection(open: () => Promise<void>, idleMs: number) {
  let isOpen = false;
  let users = 0;
  const closeIfIdle = () => {
    isOpen = false; // Wrong: somebody may have come back since the timer was set.
  };
  return {
    async use(work: (alive: () => boolean) => Promise<void>): Promise<void> {
      users += 1;
      if (!isOpen) await open();
      isOpen = true;
      await work(() => isOpen);
      users -= 1;
      if (users === 0) setTimeout(closeIfIdle, idleMs).unref();
    },
  };
}
