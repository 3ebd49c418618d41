import { heartbeat } from '@temporalio/activity';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Scored } from '../../src/domain/release/results.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { PeopleShard } from '../../src/ports/people-store.ts';
import type { Plugs } from '../plugs.ts';

/** People between two heartbeats. */
const PEOPLE_A_BEAT = 200;

/** Every recent person has a prediction, counted in the store. */
export const finishScore = (plugs: Plugs) =>
  async ({ inputHash, parity, expected, thresholds, ...key }: RevisionKey & { inputHash: string; parity: number; expected: number; thresholds: readonly number[] }): Promise<Scored> => {
    const { shards } = plugs.settingsOf(key.property);
    let scored = 0;
    for (let shard = 0; shard < shards; shard += 1) scored += await countScored(plugs, { ...key, shard });
    if (scored !== expected) throw new Failure('parity', `${scored} of ${expected} people of ${key.property} ${key.week} have a prediction; run the week again from score`);
    const result: Scored = { inputHash, scored, parity, thresholds, figures: `${scored.toLocaleString('en-US')} rows, parity ${parity.toExponential(1)}` };
    await plugs.releaseStore.writeStage({ ...key, stage: 'score', inputHash, rowsRevision: key.revision, result: canonicalJson(result as unknown as Json) });
    return result;
  };

async function countScored({ peopleStore }: Plugs, shard: PeopleShard): Promise<number> {
  let count = 0;
  for await (const _ of peopleStore.readScores(shard)) if (count++ % PEOPLE_A_BEAT === 0) heartbeat();
  heartbeat();
  return count;
}
