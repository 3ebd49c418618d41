import { heartbeat, sleep } from '@temporalio/activity';
import { Failure } from '../../src/domain/failure.ts';
import { releaseName, type Release, type RevisionKey } from '../../src/domain/release/release.ts';
import { ask } from './ask.ts';
import { keyThatOpens, newKey } from './week-key.ts';
import { whileWaiting } from './while-waiting.ts';
import type { ScoredRow } from '../../src/ports/people-store.ts';
import type { ReleaseAddress } from '../../src/ports/publisher.ts';
import type { Plugs } from '../plugs.ts';

type ProbePlugs = Pick<Plugs, 'releaseStore' | 'peopleStore' | 'publisher' | 'keyStore' | 'keyVault'>;

/** What was asked from outside and held. Nobody is named. */
export interface ProbeReport {
  readonly release: string;
  readonly checks: readonly string[];
  readonly attempts: number;
}

const patienceMs = 10_000;
const pauseMs = 500;

/**
 * Asks the staged release from outside, as its users will: the right key opens it, others do not, the model is the
 * one in the store and a known person's score the one in the table. Fails with `probe-failed`, for good when the endpoint
 * answers and answers wrong for ten seconds.
 */
export const probeRelease = (plugs: ProbePlugs) =>
  async (key: RevisionKey): Promise<ProbeReport> => {
    const { property, week, revision } = key;
    const release = await plugs.releaseStore.readRelease({ property, week, revision });
    if (release === null) throw new Failure('week-unknown', `${property} has no release ${releaseName(key)} to probe`);
    const person = await somebody(plugs, release);
    // The key before the address: some addresses know the keys that were stored when they came up.
    const plain = await keyThatOpens(plugs, { property, week });
    const address = await plugs.publisher.stage({ property, week, revision }, whileWaiting());
    heartbeat();

    const deadline = Date.now() + patienceMs;
    for (let attempts = 1; ; attempts++) {
      const checks = await probeOnce(address, release, plain, person);
      heartbeat({ attempts });
      const failed = checks.filter(({ isHeld }) => !isHeld);
      if (failed.length === 0) return { release: releaseName(key), checks: checks.map(({ name }) => name), attempts };
      if (Date.now() > deadline) throw failureOf(address, release, failed);
      await sleep(pauseMs);
    }
  };

interface Check {
  readonly name: string;
  readonly isHeld: boolean;
  readonly status: number;
}

async function probeOnce({ url, stagedHeaders }: ReleaseAddress, release: Release, plain: string, person: ScoredRow | null): Promise<Check[]> {
  const right = { ...stagedHeaders, authorization: `Bearer ${plain}` };
  const model = await ask(`${url}/v1/model`, right);
  const wrong = await ask(`${url}/v1/model`, { ...stagedHeaders, authorization: `Bearer ${newKey().plain}` });
  const none = await ask(`${url}/v1/model`, stagedHeaders);
  const checks: Check[] = [
    { name: 'right key opens', isHeld: model.status === 200, status: model.status },
    { name: 'release and model are the stored ones', isHeld: model.body?.release === releaseName(release) && model.body?.model === release.modelId, status: model.status },
    { name: 'wrong key is refused', isHeld: wrong.status === 401, status: wrong.status },
    { name: 'no key is refused', isHeld: none.status === 401, status: none.status },
  ];
  if (person === null) return checks;
  const { status, body } = await ask(`${url}/v1/predictions/${encodeURIComponent(person.user)}`, right);
  // JSON carries doubles exactly, so the score is the table's or it is wrong.
  const isEqual = body?.user === person.user && body.probability === person.prediction && body.decile === person.decile && body.release === releaseName(release);
  return [...checks, { name: 'a known person has the score of the table', isHeld: status === 200 && isEqual, status }];
}

/** Somebody who was scored; null when the release has nobody. */
async function somebody({ peopleStore }: ProbePlugs, { property, week, revision, shardCount, scored }: Release): Promise<ScoredRow | null> {
  for (let shard = 0; shard < shardCount; shard++) {
    const [row] = await peopleStore.pageScores({ property, week, revision, shard }, { limit: 1 });
    if (row) return row;
  }
  if (scored > 0) throw new Failure('probe-failed', `${property} ${week}.${revision} says ${scored} people are scored and its table has none; rerun the week from score`);
  return null;
}

function failureOf({ url }: ReleaseAddress, release: Release, failed: readonly Check[]): Failure {
  const found = failed.map(({ name, status }) => `"${name}" (${status === 0 ? 'no answer' : `status ${status}`})`).join(', ');
  const isAnswering = failed.every(({ status }) => status !== 0 && status < 500);
  return new Failure('probe-failed', `${releaseName(release)} at ${url} is not announced: ${found} did not hold; what was live stays live`, { isFinal: isAnswering });
}
