import type { Plugs } from '../plugs.ts';

/** What rolling up needs of the world. */
export type RollupPlugs = Pick<Plugs, 'rollupSettingsOf' | 'rollupStore'>;

/** What building buckets needs beside it: where jobs build them, and whether copies follow. */
export type BuildingPlugs = RollupPlugs & Pick<Plugs, 'rollupRunnerOf' | 'jobsFolder' | 'jobLogsFolder' | 'seriesStore'>;
