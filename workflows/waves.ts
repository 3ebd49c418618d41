/** Activities a stage fans out to at the most. */
const MOST_RANGES = 64;

/** The shards 0…count−1 in at most 64 contiguous ranges of nearly equal length. */
export function shardRanges(count: number): number[][] {
  const ranges = Math.min(count, MOST_RANGES);
  return Array.from({ length: ranges }, (_, range) => {
    const first = Math.floor((range * count) / ranges);
    const next = Math.floor(((range + 1) * count) / ranges);
    return Array.from({ length: next - first }, (_, offset) => first + offset);
  });
}

/** Works every item, at most `atOnce` at a time; results in the order of the items. The first failure ends it. */
export async function inWaves<Item, Result>(items: readonly Item[], atOnce: number, work: (item: Item, index: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = Array.from({ length: items.length });
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index]!, index); // index < items.length
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  return results;
}
