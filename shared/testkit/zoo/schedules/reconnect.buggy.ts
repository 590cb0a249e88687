export interface Server {
  snapshot(): Promise<number>;
  subscribe(onChange: (value: number) => void): Promise<void>;
}

/** A copy of a value that lives on a server; made anew after each reconnect. */
export function createCopy(server: Server) {
  let value = 0;
  return {
    value: () => value,
    async reconnect(): Promise<void> {
      value = await server.snapshot();
      await server.subscribe((next) => {
        value = next; // Wrong: what changed between snapshot and subscription never arrives.
      });
    },
  };
}
