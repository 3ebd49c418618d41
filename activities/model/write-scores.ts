import { activityInfo, heartbeat } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import { decileOf } from '../../src/domain/model/deciles.ts';
import type { Extracted } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { PeopleShard, RecentRow, ScoredRow } from '../../src/ports/people-store.ts';
import type { Plugs } from '../plugs.ts';
import { chunked, readPredictions } from './predict-shards.ts';

interface WriteInput extends RevisionKey { people: Extracted; shards: readonly number[]; predictions: ArtifactRef; thresholds: readonly number[] }

/** Writes every person of the shards whole, with probability and decile. The heartbeat says which shards are done. */
export const writeScores = (plugs: Plugs) =>
  async ({ property, week, revision, people, shards, predictions, thresholds }: WriteInput): Promise<void> => {
    const probabilities = await readPredictions(plugs, predictions);
    const bounds = Float64Array.from(thresholds);
    const resume = (activityInfo().heartbeatDetails as { nextShard: number; next: number } | undefined) ?? { nextShard: shards[0] ?? 0, next: 0 };
    let next = resume.next;
    for (const shard of shards.filter((one) => one >= resume.nextShard)) {
      const target: PeopleShard = { property, week, revision, shard };
      const shardStart = next;
      for await (const rows of chunked(plugs.peopleStore.readRecent({ property, week, revision: people.rowsRevision, shard }))) {
        const scored = rows.map((row, index): ScoredRow => withScore(row, probabilities[next + index], bounds));
        await plugs.peopleStore.writeScores(target, people.featureListVersion, scored);
        next += rows.length;
        // A retry begins at the shard: half of one is written again with the same values.
        heartbeat({ nextShard: shard, next: shardStart });
      }
      heartbeat({ nextShard: shard + 1, next });
    }
    if (next !== probabilities.length) throw new Failure('parity', `${probabilities.length} predictions for ${next} people of ${property} ${week}; run the week again from score`);
  };

function withScore(row: RecentRow, probability: number | undefined, bounds: Float64Array): ScoredRow {
  if (probability === undefined) throw new Failure('parity', 'more people than predictions: the rows changed while they were scored; run the week again from score');
  return { ...row, prediction: probability, decile: decileOf(probability, bounds) };
}
