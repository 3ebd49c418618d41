import type { Plugs } from '../plugs.ts';
import type { CopyKey, Verified } from '../../src/ports/series-store.ts';

/** Has readers turn to a copy that was verified; answers with the copies that are not needed any more. Doing it again changes nothing. */
export const turnToCopy = ({ seriesStore }: Pick<Plugs, 'seriesStore'>) =>
  async ({ property, copy, verified }: CopyKey & { verified: Verified }): Promise<{ unused: readonly number[] }> => {
    await seriesStore.turnTo({ property, copy }, verified, Date.now());
    const live = await seriesStore.readLive(property);
    return { unused: (await seriesStore.listCopies(property)).map((note) => note.copy).filter((other) => other !== live?.copy) };
  };
