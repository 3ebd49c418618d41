import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { configFrom } from '../../src/config.ts';
import { addressOfWeek } from '../../src/main/publishers.ts';
import { askingCommands, lookAtServing, servedBy } from '../../src/main/serving.ts';

const week = { property: 'shop', week: '2011-W48' };
const configOf = (publisher?: object) => configFrom({ properties: {}, ...(publisher ? { publisher } : {}) }, {}, '/etc/almanac/almanac.yaml');
const cluster = { kind: 'kubernetes', namespace: 'scores', image: 'almanac:1' };
const told = (publisher?: object) => {
  const config = configOf(publisher);
  const address = addressOfWeek(config)(week);
  return { ...servedBy(config), week: address, commands: askingCommands(config, week, address) };
};
const curl = (url: string) => `curl -H "Authorization: Bearer $(npx almanac key show shop 2011-W48)" '${url}/v1/predictions?limit=5'`;

suite('what people are told of who serves their weeks', () => {
  test('the endpoint of this machine', () => {
    assert.deepEqual(told(), { part: 'endpoint', address: 'http://127.0.0.1:8600', week: 'http://127.0.0.1:8600/shop/2011-W48', commands: [curl('http://127.0.0.1:8600/shop/2011-W48')] });
  });

  test('a cluster: a week\'s Service, which is forwarded to be asked from here, or the address in front of it', () => {
    assert.deepEqual(told(cluster), {
      part: 'Kubernetes', address: 'namespace scores', week: 'http://almanac-shop-2011-w48.scores.svc/shop/2011-W48',
      commands: ['kubectl --namespace scores port-forward service/almanac-shop-2011-w48 8600:80 &', curl('http://127.0.0.1:8600/shop/2011-W48')],
    });
    const { week: address, commands } = told({ ...cluster, address: 'https://scores.example.com' });
    assert.deepEqual([address, commands], ['https://scores.example.com/shop/2011-W48', [curl('https://scores.example.com/shop/2011-W48')]]);
  });

  test('a cluster that cannot be asked: why', async () => {
    const { isReachable, detail } = await lookAtServing(configOf({ ...cluster, kubeconfig: '/nowhere/admin.kubeconfig' }), 1000);
    assert.equal(isReachable, false);
    assert.match(detail, /^publisher\.kubeconfig \/nowhere\/admin\.kubeconfig cannot be used: /);
  });
});
