import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { patiently, temporalIsAway } from '../../src/main/connect.ts';
import { connectCassandra } from '../../src/stores/cassandra/connection.ts';
import { freePorts } from '../../src/parts/free-ports.ts';

suite('connecting with patience', () => {
  const refused = (cause: Error) => {
    let tries = 0;
    return { connect: () => (tries++, Promise.reject(cause)), tries: () => tries };
  };

  test('tries again until it succeeds', async () => {
    let tries = 0;
    assert.equal(await patiently(5000, async () => (tries++ === 0 ? Promise.reject(new Error('not yet')) : 'there'), 'it is away'), 'there');
  });

  test('a final failure ends it at once, in its own words', async () => {
    const cause = new Failure('property-changed', 'property "shop" has 4 shards');
    const { connect, tries } = refused(cause);
    await assert.rejects(patiently(60_000, connect, 'it is away'), cause);
    assert.equal(tries(), 1);
  });

  test('what is foreign is told in a sentence that keeps what it said', async () => {
    await assert.rejects(patiently(0, refused(new Error('connection refused')).connect, temporalIsAway('host:7233')), {
      code: 'store-unavailable', message: 'Temporal at host:7233 does not answer: start it (npm start), or set TEMPORAL_ADDRESS (connection refused)',
    });
  });

  test('Cassandra that is away is not called Temporal', async () => {
    const [port] = (await freePorts({ count: 1 })) as [number];
    const connect = () => connectCassandra({ contactPoints: ['127.0.0.1'], port, localDataCenter: 'datacenter1', keyspace: 'nobody', replicationFactor: 1 });
    await assert.rejects(patiently(0, connect, 'it is away'), ({ message }: Error) => new RegExp(`^Cassandra at 127\\.0\\.0\\.1:${port} does not answer \\(.*\\): start it \\(npm start\\), or set ALMANAC_CASSANDRA$`).test(message));
  });
});
