import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmbeddedPublisher } from '../../src/publishers/embedded.ts';
import { publisherContract } from './publisher.contract.ts';

publisherContract({
  name: 'embedded',
  afterwards: 'gone',
  async open(world, keyFor) {
    const endpoint = await world.serve();
    return createEmbeddedPublisher({ baseUrl: endpoint.url, keyFor, waitMs: 3_000, pollMs: 50 });
  },
});

test('an endpoint that is not there is named', async () => {
  const publisher = createEmbeddedPublisher({ baseUrl: 'http://127.0.0.1:9', keyFor: async () => 'secret', waitMs: 100, pollMs: 50 });
  await assert.rejects(publisher.retire({ property: 'shop', week: '2011-W48' }), /http:\/\/127\.0\.0\.1:9\/shop\/2011-W48 did not answer 410 within 0\.1 s; last: no answer .*Is the endpoint running/);
});
