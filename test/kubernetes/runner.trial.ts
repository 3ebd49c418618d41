import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { jobRunnerContract } from '../contracts/job-runner.contract.ts';
import { secret, s3World } from '../s3/world.ts';
import { clusterWorld, namespace } from './cluster-world.ts';
import { runnerOn } from './runner-world.ts';

const [cluster, s3] = await Promise.all([clusterWorld(), s3World()]);
after(async () => {
  await cluster.dispose();
  await s3.dispose();
});
await cluster.core.createNamespacedSecret({ namespace, body: { metadata: { name: 'bucket' }, stringData: { 'secret-access-key': secret } } });
const world = { kubeconfig: cluster.kubeconfigs.runner, namespace, endpoint: s3.endpoint, credentials: s3.credentials, bucket: s3.newBucket(), copies: mkdtempSync(path.join(tmpdir(), 'copies-')) };
const runner = await runnerOn(world);
jobRunnerContract('Kubernetes', () => runner);
