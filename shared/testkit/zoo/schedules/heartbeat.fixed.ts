export async function withHeartbeat<T>(beat: () => void, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(beat, 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
