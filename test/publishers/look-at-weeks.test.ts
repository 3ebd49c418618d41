import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { lookAtWeeks } from '../../src/publishers/kubernetes/look-at-weeks.ts';
import type { Listed } from '../../src/kubernetes/cluster.ts';

const deployment = (name: string, wanted: number, available?: number) => ({ metadata: { name }, spec: { replicas: wanted }, status: available === undefined ? {} : { availableReplicas: available } });
const said = (...weeks: object[]) => lookAtWeeks({ list: async ({ kind }, selector) => ({ items: kind === 'Deployment' && selector?.includes('managed-by=almanac') ? weeks : [], resourceVersion: '1' }) as unknown as Listed });

suite('what is said of weeks that a cluster serves', () => {
  test('how many they are, and which of them have fewer pods than they should', async () => {
    assert.equal(await said(), 'no week');
    assert.equal(await said(deployment('almanac-shop-2011-w48', 1, 1)), '1 week, all pods available');
    assert.equal(await said(deployment('almanac-shop-2011-w47', 2, 2), deployment('almanac-shop-2011-w48', 2, 1), deployment('almanac-shop-2011-w49', 1)), '3 weeks; almanac-shop-2011-w48 has 1 of 2 pods, almanac-shop-2011-w49 has 0 of 1 pods');
  });
});
