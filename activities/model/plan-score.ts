import { hashJson } from '../../src/domain/hash.ts';
import type { Accepted, Extracted, Scored } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import { finishedBefore } from '../week/reuse.ts';
import type { Plugs } from '../plugs.ts';

/** Grows by one when the same people and model would give other scores. */
const SCORE_VERSION = 1;

/** Whether the same people were scored by the same model before. Rows of an earlier revision are copied, never overwritten. */
export const planScore = ({ releaseStore, limits }: Plugs) =>
  async ({ people, accepted, isForced, ...key }: RevisionKey & { people: Extracted; accepted: Accepted; isForced: boolean }): Promise<{ inputHash: string; atOnce: number; copiesRows: boolean; reused: Scored | null }> => {
    const inputHash = hashJson({ stage: 'score', version: SCORE_VERSION, extract: people.inputHash, rowsRevision: people.rowsRevision, modelId: accepted.modelId, revision: key.revision });
    const reused = await finishedBefore<Scored>(releaseStore, key, 'score', inputHash, isForced);
    return { inputHash, atOnce: limits.shardsAtOnce, copiesRows: people.rowsRevision !== key.revision, reused };
  };
