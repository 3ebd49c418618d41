import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { decileThresholds } from '../../src/domain/model/deciles.ts';
import type { ArtifactRef, ArtifactStore } from '../../src/ports/artifact-store.ts';
import type { RecentRow } from '../../src/ports/people-store.ts';
import type { Plugs } from '../plugs.ts';
import { storedModel } from './stored-model.ts';

const ROWS_A_CALL = 500;

/** Probabilities of the shards' people, in order of shard and user, as an artifact of little-endian float64. */
export const predictShards = (plugs: Plugs) =>
  async ({ property, week, rowsRevision, modelId, shards }: { property: string; week: string; rowsRevision: number; modelId: string; shards: readonly number[] }): Promise<{ predictions: ArtifactRef; rows: number }> => {
    const model = await storedModel(plugs, property, modelId);
    const chunks: Float64Array[] = [];
    for (const shard of shards) {
      for await (const rows of chunked(plugs.peopleStore.readRecent({ property, week, revision: rowsRevision, shard }))) {
        chunks.push(await plugs.modelService.predict({ name: property, version: model.servedVersion }, rows.map(({ features }) => features), cancellationSignal()));
        heartbeat();
      }
    }
    const all = Float64Array.from(chunks.flatMap((chunk) => [...chunk]));
    return { predictions: await plugs.artifacts.put('predictions', '.f64', new Uint8Array(all.buffer)), rows: all.length };
  };

/** The nine decile thresholds over the whole week. */
export const rankScores = (plugs: Plugs) =>
  async ({ predictions }: { predictions: readonly ArtifactRef[] }): Promise<readonly number[]> => {
    const parts: Float64Array[] = [];
    for (const ref of predictions) {
      parts.push(await readPredictions(plugs, ref));
      heartbeat();
    }
    // JSON has no infinity: an empty week has no thresholds.
    return [...decileThresholds(Float64Array.from(parts.flatMap((part) => [...part])))].filter(Number.isFinite);
  };

export async function readPredictions({ artifacts }: { artifacts: ArtifactStore }, ref: ArtifactRef): Promise<Float64Array> {
  const bytes = await artifacts.get(ref);
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** Rows in chunks of one call to the model server. */
export async function* chunked(rows: AsyncIterable<RecentRow>): AsyncGenerator<RecentRow[]> {
  let chunk: RecentRow[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length === ROWS_A_CALL) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}
