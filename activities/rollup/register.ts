import type { RollupPlugs } from './rollup-plugs.ts';

/**
 * Asks the store, once in the life of a process, whether zone and shard count of a rollup are those it began with. With other shards
 * a member would be looked for where it never was, and its series would be empty without a word. Fails with `property-changed`.
 */
export function registering({ rollupStore, rollupSettingsOf }: RollupPlugs): (property: string) => Promise<void> {
  const known = new Set<string>();
  return async (property) => {
    if (known.has(property)) return;
    const { timeZone, shards } = rollupSettingsOf(property);
    await rollupStore.registerProperty({ property, timeZone, shards });
    known.add(property);
  };
}
