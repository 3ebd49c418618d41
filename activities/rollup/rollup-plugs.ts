import type { Plugs } from '../plugs.ts';

/** What rolling up needs of the world. */
export type RollupPlugs = Pick<Plugs, 'rollupSettingsOf' | 'rollupStore'>;
