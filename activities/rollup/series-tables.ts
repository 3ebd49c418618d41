import { Failure } from '../../src/domain/failure.ts';
import type { Plugs } from '../plugs.ts';
import type { CopyKey } from '../../src/ports/series-store.ts';

/** Makes the table of a copy by member; making it again changes nothing. */
export const ensureSeriesTable = ({ seriesStore }: Pick<Plugs, 'seriesStore'>) =>
  async ({ property, copy }: CopyKey): Promise<void> => seriesStore.ensureTable({ property, copy });

/** Drops the table of a copy that nobody is told to read. */
export const dropSeriesTable = ({ seriesStore }: Pick<Plugs, 'seriesStore'>) =>
  async ({ property, copy }: CopyKey): Promise<void> => {
    if ((await seriesStore.readLive(property))?.copy === copy) throw new Failure('bad-argument', `copy ${copy} of "${property}" is read: expected one that another took the place of. Make one: npx almanac rollup serving rebuild ${property}`);
    await seriesStore.dropTable({ property, copy }, Date.now());
  };
