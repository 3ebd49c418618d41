/** Works every item, at most `limit` at a time; results in the order of the items. The first failure keeps the rest from starting, and is thrown when nothing runs any more. */
export async function atOnce<Item, Result>(items: Iterable<Item>, limit: number, work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const entries = [...items].entries();
  let hasFailed = false;
  const lane = async (): Promise<void> => {
    try {
      for (const [at, item] of entries) {
        if (hasFailed) return;
        results[at] = await work(item);
      }
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  };
  const lanes = Array.from({ length: limit }, lane);
  await Promise.allSettled(lanes);
  await Promise.all(lanes);
  return results;
}
