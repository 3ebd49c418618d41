import { FEATURE_LIST_VERSION } from '../../src/domain/churn/features.ts';
import { isTooYoung, tooYoungSentence } from '../../src/domain/churn/first-week.ts';
import { Failure } from '../../src/domain/failure.ts';
import { hashJson } from '../../src/domain/hash.ts';
import type { Extracted } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import { finishedBefore } from '../week/reuse.ts';
import type { Plugs } from '../plugs.ts';

/** Grows by one when the extract stage's code gives other rows for the same input. */
const EXTRACT_VERSION = 2;

/**
 * Whether the stage was built before from the same input (generations, rule, feature list, code), else how to build it.
 * Fails with `week-too-young` where nobody can have a row to train on: whoever asked for the week learns it before any work.
 */
export const planExtract = ({ releaseStore, settingsOf, limits }: Plugs) =>
  async ({ dayMap, isForced, ...key }: RevisionKey & { dayMap: ArtifactRef; isForced: boolean }): Promise<{ inputHash: string; atOnce: number; needsPopulation: boolean; reused: Extracted | null }> => {
    const settings = settingsOf(key.property);
    const { churn, shards, timeZone } = settings;
    const inputHash = hashJson({ stage: 'extract', version: EXTRACT_VERSION, features: FEATURE_LIST_VERSION, dayMap: dayMap.sha256, week: key.week, timeZone, shards, churn: { ...churn, label: { ...churn.label } } });
    const reused = await finishedBefore<Extracted>(releaseStore, key, 'extract', inputHash, isForced);
    if (reused === null && isTooYoung(key.week, settings)) throw new Failure('week-too-young', tooYoungSentence(key.property, key.week, settings));
    return { inputHash, atOnce: limits.shardsAtOnce, needsPopulation: churn.label.kind === 'mean-gap', reused };
  };
