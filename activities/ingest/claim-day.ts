import type { Day } from '../../src/domain/calendar/day.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** The generation that this content, understood this way, has or gets. */
export const claimDay = ({ activityStore }: IngestPlugs) =>
  (claim: { property: string; day: Day; sourceVersion: string; mappingHash: string }): Promise<{ generation: number; isSealed: boolean }> =>
    activityStore.claimGeneration(claim);
