export async function withHeartbeat<T>(beat: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(beat, 1000);
  const result = await work();
  clearInterval(timer); // Wrong: not reached when the work fails.
  return result;
}
