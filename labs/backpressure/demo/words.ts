/** 0.5×, 10×. */
export function times(load: number): string {
  return `${load}×`;
}

export function rate(events: number, seconds: number): number {
  return seconds > 0 ? events / seconds : 0;
}
