export function createAudit(send: (line: string) => Promise<void>) {
  const lost: string[] = [];
  return {
    record(line: string): void {
      send(line).catch(() => lost.push(line));
    },
  };
}
