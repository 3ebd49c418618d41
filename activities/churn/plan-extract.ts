import { FEATURE_LIST_VERSION } from '../../src/domain/churn/features.ts';
import { hashJson } from '../../src/domain/hash.ts';
import type { Extracted } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import { finishedBefore } from '../week/reuse.ts';
import type { Plugs } from '../plugs.ts';

/** Grows by one when the extract stage's code gives other rows for the same input. */
const EXTRACT_VERSION = 2;

/** Whether the stage was built before from the same input (generations, rule, feature list, code), else how to build it. */
export const planExtract = ({ releaseStore, settingsOf, limits }: Plugs) =>
  async ({ dayMap, isForced, ...key }: RevisionKey & { dayMap: ArtifactRef; isForced: boolean }): Promise<{ inputHash: string; atOnce: number; needsPopulation: boolean; reused: Extracted | null }> => {
    const { churn, shards, timeZone } = settingsOf(key.property);
    const inputHash = hashJson({ stage: 'extract', version: EXTRACT_VERSION, features: FEATURE_LIST_VERSION, dayMap: dayMap.sha256, week: key.week, timeZone, shards, churn: { ...churn, label: { ...churn.label } } });
    const reused = await finishedBefore<Extracted>(releaseStore, key, 'extract', inputHash, isForced);
    return { inputHash, atOnce: limits.shardsAtOnce, needsPopulation: churn.label.kind === 'mean-gap', reused };
  };
