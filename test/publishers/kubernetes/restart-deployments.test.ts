import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { openCluster } from '../../../src/kubernetes/cluster.ts';
import { publishing } from '../../../src/publishers/kubernetes/names.ts';
import { restartDeployments } from '../../../src/publishers/kubernetes/restart-deployments.ts';
import { root } from '../../../src/main/root.ts';
import { testFolder } from '../../world.ts';
import type { AddressInfo } from 'node:net';
import type { V1Role } from '@kubernetes/client-node';

interface Asked { readonly method: string; readonly path: string; readonly type: string; readonly body: unknown }

/** Speaks of the API what is asked here: which kinds there are, and changes of two Deployments, one of which is not ours to change. */
suite('a cluster that is asked to start a part again', () => {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => {
      const path = new URL(request.url ?? '', 'http://server').pathname;
      const answer = (status: number, body: object) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      if (path === '/apis/apps/v1') return answer(200, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'apps/v1', resources: [{ name: 'deployments', kind: 'Deployment', namespaced: true, singularName: '', verbs: ['patch'] }] });
      asked.push({ method: request.method ?? '', path, type: request.headers['content-type'] ?? '', body: JSON.parse(text) as unknown });
      const failed = (code: number, reason: string) => answer(code, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code, message: `${reason} of ${path}` });
      if (path.endsWith('/almanac-endpoint')) return answer(200, { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'almanac-endpoint' } });
      return path.endsWith('/forbidden') ? failed(403, 'Forbidden') : failed(404, 'NotFound');
    });
  });
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  before(async () => {
    scratch = await testFolder();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const [cluster, context] = [{ 'insecure-skip-tls-verify': true, server: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }, { cluster: 'c', user: 'u' }];
    writeFileSync(join(scratch.folder, 'kubeconfig'), JSON.stringify({ apiVersion: 'v1', kind: 'Config', 'current-context': 'x', clusters: [{ name: 'c', cluster }], users: [{ name: 'u', user: {} }], contexts: [{ name: 'x', context }] }));
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await scratch.dispose();
  });

  const restarter = (deployments: Readonly<Record<string, string>>) => restartDeployments({
    deployments, cluster: openCluster({ ...publishing, setting: 'health.restarts', kubeconfig: join(scratch.folder, 'kubeconfig'), context: undefined, namespace: 'almanac', requestTimeoutMs: 5000 }),
  });

  test('marks the pods of its Deployment with the key and nothing else: the same key twice is one rollout', async () => {
    const { parts, restart } = restarter({ endpoint: 'almanac-endpoint' });
    assert.deepEqual(await parts(), [{ part: 'endpoint', restarts: null }]);
    const answer = await restart({ part: 'endpoint', key: 'endpoint@1/1', reason: 'it does not answer' });
    assert.deepEqual(answer, { isDone: true, sentence: 'the cluster rolls Deployment almanac-endpoint out again' });
    assert.deepEqual(asked, [{
      method: 'PATCH', path: '/apis/apps/v1/namespaces/almanac/deployments/almanac-endpoint', type: 'application/merge-patch+json',
      body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'almanac-endpoint', namespace: 'almanac' }, spec: { template: { metadata: { annotations: { 'almanac/restarted-for': 'endpoint@1/1' } } } } },
    }]);
  });

  test('says what is not there, and what it may not do', async () => {
    assert.deepEqual(await restarter({ endpoint: 'gone' }).restart({ part: 'endpoint', key: 'k', reason: 'r' }), { isDone: false, sentence: 'there is no Deployment gone in almanac' });
    await assert.rejects(restarter({ endpoint: 'forbidden' }).restart({ part: 'endpoint', key: 'k', reason: 'r' }), { code: 'cluster-refused' });
    assert.deepEqual(await restarter({}).restart({ part: 'cassandra', key: 'k', reason: 'r' }), { isDone: false, sentence: 'no Deployment runs cassandra' });
  });

  test('is within the Role of those who publish, whose worker does it', () => {
    const objects = parseAllDocuments(readFileSync(join(root, 'k8s/publisher.yaml'), 'utf8')).map((document) => document.toJS() as { kind: string });
    const role = objects.find(({ kind }) => kind === 'Role') as unknown as V1Role;
    assert.ok(role.rules?.some(({ resources, verbs }) => resources?.includes('deployments') && verbs.includes('patch')));
  });
});
