/** Runs `work` on every item with at most `limit` at a time; the first failure stops the rest from starting and is thrown. */
export async function eachInFlight<T>(items: Iterable<T> | AsyncIterable<T>, limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { cause: unknown } | null = null;
  for await (const item of items) {
    if (failure) break;
    const one: Promise<void> = work(item)
      .catch((cause: unknown) => {
        failure ??= { cause };
      })
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= limit) await Promise.race(running);
  }
  await Promise.all(running);
  if (failure) throw (failure as { cause: unknown }).cause;
}
