import type { Plugs } from '../plugs.ts';

/** What taking in a day needs of the world. */
export type IngestPlugs = Pick<Plugs, 'settingsOf' | 'sourceOf' | 'limits' | 'activityStore' | 'artifacts' | 'releaseStore' | 'sequences' | 'reconciliations'>;
