import { randomBytes } from 'node:crypto';
import { request, type Agent, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import pino from 'pino';
import { hashKey, keyBytes, makeKey, type ApiKey } from '../../src/domain/release/api-key.ts';
import { shardOf } from '../../src/domain/hash.ts';
import { standardLimits } from '../../src/http/endpoint/limits.ts';
import { serve, type Endpoint, type ServeOptions } from '../../src/http/endpoint/serve.ts';
import { createKeyStore, keyTables } from '../../src/stores/cassandra/key-store.ts';
import { createPeopleStore, peopleTables } from '../../src/stores/cassandra/people-store.ts';
import { createReleaseStore, releaseTables } from '../../src/stores/cassandra/release-store.ts';
import { aRelease } from '../release-examples.ts';
import { testCassandra } from '../world.ts';
import type { Static } from 'typebox';
import type { Release } from '../../src/domain/release/release.ts';
import type { ModelFacts, Prediction, PredictionPage } from '../../src/http/endpoint/schemas.ts';
import type { Problem } from '../../src/http/openapi.ts';
import type { StoredKey } from '../../src/ports/key-store.ts';
import type { ScoredRow } from '../../src/ports/people-store.ts';

/** Every field that some document of the endpoint has. Which of them an answer has is what a test asserts. */
export type Fields = Static<typeof Prediction> & Static<typeof PredictionPage> & Static<typeof ModelFacts> & Omit<Static<typeof Problem>, 'status'> & { status: number | string };

export interface Answer<Body = Fields> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Null where the answer is not JSON; a test that reads a field fails then. */
  readonly body: Body;
}

/** One GET. Without an agent the connection is a new one. */
export function get<Body = Fields>(url: string, headers: Record<string, string> = {}, agent: Agent | false = false): Promise<Answer<Body>> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent, timeout: 20_000 }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => { text += part; }).on('error', reject).on('end', () => {
        const isJson = /json/.test(response.headers['content-type'] ?? '');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, body: (isJson && text ? JSON.parse(text) : null) as Body });
      });
    });
    sent.on('error', reject).on('timeout', () => sent.destroy(new Error('no answer in 20 s'))).end();
  });
}

export const bearer = (key: ApiKey): Record<string, string> => ({ authorization: `Bearer ${key.plain}` });

/** Tries until `check` holds; the endpoint looks at the stores twice a second. */
export async function eventually<T>(attempt: () => Promise<T>, check: (value: T) => boolean, withinMs = 10_000): Promise<T> {
  for (const deadline = Date.now() + withinMs; ;) {
    const value = await attempt();
    if (check(value)) return value;
    if (Date.now() > deadline) throw new Error(`still ${JSON.stringify(value)} after ${withinMs} ms`);
    await delay(10);
  }
}

/** Stores in a keyspace of their own, a captured log, and hands to publish with. */
export async function endpointWorld() {
  const { cassandra, dispose } = await testCassandra([...releaseTables, ...keyTables, ...peopleTables]);
  const [releaseStore, keyStore, peopleStore] = [createReleaseStore(cassandra), createKeyStore(cassandra), createPeopleStore({ cassandra })];
  const log: string[] = [];
  const endpoints: Endpoint[] = [];

  return {
    cassandra, releaseStore, keyStore, peopleStore, log,
    async serve(different: Partial<ServeOptions> = {}): Promise<Endpoint> {
      const endpoint = await serve({
        releaseStore, keyStore, peopleStore, host: '127.0.0.1', port: 0, limits: { ...standardLimits, requestsPerMinute: 1_000_000 }, keyGraceMs: 3_600_000, pollMs: 100, staleAfterMs: 2_000,
        drainMs: 0, logger: pino({}, { write: (line: string) => { log.push(line); } }), ...different,
      });
      endpoints.push(endpoint);
      return endpoint;
    },
    /** Rows of a release, written as scored; the probability is a function of user and revision. */
    async stage(different: Partial<Release>, users: readonly string[]): Promise<Release> {
      const release = aRelease({ scored: users.length, ...different });
      const { property, week, revision, shardCount } = release;
      await peopleStore.ensureWeekTable(week);
      const shards = Map.groupBy(users, (user) => shardOf(user, shardCount));
      for (const [shard, members] of shards) {
        await peopleStore.writeScores({ property, week, revision, shard }, 1, members.map((user) => scoredRow(user, revision)));
      }
      await releaseStore.stageRelease(release);
      return release;
    },
    async key(week: string, different: Partial<StoredKey> = {}): Promise<ApiKey> {
      const key = makeKey(randomBytes(keyBytes));
      await keyStore.createIfAbsent({ property: 'shop', week, slot: 'first', keyId: key.keyId, sha256: hashKey(key.plain), state: 'active', expiresAtMs: null, ...different });
      return key;
    },
    async dispose() {
      await Promise.all(endpoints.map((endpoint) => endpoint.stop()));
      await dispose();
    },
  };
}

export function scoredRow(user: string, revision: number): ScoredRow {
  const decile = 1 + shardOf(`${user} ${revision}`, 10);
  return { user, features: [1, 2], prediction: decile / 10 - 0.05, decile };
}
