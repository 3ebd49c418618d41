import { mkdtemp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spillOrdinals, type SpilledOrdinals } from './spilled-ordinals.ts';

/** Numbers equal rows of a day: 0 for the first, 1 for the second … */
export interface Ordinals {
  /** The ordinals of a batch of rows; batches come in order, `position` is that of the first row. */
  of(hashes: readonly string[], position: number): Promise<readonly number[]>;
  dispose(): Promise<void>;
}

/** Distinct rows that are counted in memory: about 40 MB. A longer day is counted on disk. */
export const countedInMemory = 300_000;

/**
 * Counts in memory while that is small. Beyond it, all hashes of the day are read once more by `allHashes` into buckets on
 * disk, counted bucket by bucket, and only the repeated rows come back, in order: memory does not grow with the day.
 */
export function createOrdinals(options: { scratch: string; limit?: number; allHashes: () => AsyncIterable<readonly string[]> }): Ordinals {
  const limit = options.limit ?? countedInMemory;
  let counts: Map<string, number> | null = new Map();
  let spilled: SpilledOrdinals | null = null;
  let folder: string | null = null;
  return {
    async of(hashes, position) {
      if (counts && counts.size + hashes.length > limit) {
        counts = null;
        await mkdir(options.scratch, { recursive: true });
        folder = await mkdtemp(join(options.scratch, 'ordinals-'));
        spilled = await spillOrdinals(folder, options.allHashes());
      }
      if (spilled) return spilled.of(position, hashes.length);
      const seen = counts as Map<string, number>; // one of the two is there
      return hashes.map((hash) => {
        const ordinal = seen.get(hash) ?? 0;
        seen.set(hash, ordinal + 1);
        return ordinal;
      });
    },
    async dispose() {
      await spilled?.dispose();
      if (folder) await rm(folder, { recursive: true, force: true });
    },
  };
}
