import { join } from 'node:path';
import { openCluster } from '../kubernetes/cluster.ts';
import { childProcessRunner } from '../runners/child-process.ts';
import { dockerRunner } from '../runners/docker.ts';
import { kubernetesRunner, running } from '../runners/kubernetes.ts';
import { root } from './root.ts';
import type { Config } from '../config.ts';
import type { ArtifactStore } from '../ports/artifact-store.ts';
import type { JobRunner } from '../ports/job-runner.ts';
import type { JobSettings } from '../runners/kubernetes/job-manifest.ts';

/** Where training runs, as the configuration chose. */
export function createRunner(config: Config, artifacts: ArtifactStore): JobRunner {
  const { runner, home, temporal } = config;
  const [jobsFolder, recordFolder] = [join(home, 'jobs'), join(home, 'jobs', 'running')];
  switch (runner.kind) {
    case 'child-process':
      return childProcessRunner({ programs: { trainer: join(root, 'src/main/trainer.ts') }, recordFolder });
    case 'docker':
      return dockerRunner({ socketPath: runner.socket, image: runner.image, jobsFolder, recordFolder });
    case 'kubernetes':
      return kubernetesRunner({
        cluster: openCluster({ ...running, kubeconfig: runner.kubeconfig, context: runner.context, namespace: runner.namespace, requestTimeoutMs: 10_000 }),
        artifacts, settings: jobSettings(runner, config.artifacts),
        // Workers of one queue do the same work.
        instance: `${temporal.namespace}/${temporal.taskQueue}`,
      });
  }
}

function jobSettings(runner: Extract<Config['runner'], { kind: 'kubernetes' }>, artifacts: Config['artifacts']): JobSettings {
  if (artifacts.kind !== 's3') throw new Error('the configuration lets no Kubernetes runner be without a bucket');
  const { namespace, image, imagePullPolicy, imagePullSecret, serviceAccount, cpu, startSeconds, bucketSecret } = runner;
  const { bucket, prefix, region, endpoint, credentials } = artifacts;
  return {
    namespace, image, imagePullPolicy, imagePullSecret, serviceAccount, cpu, startSeconds, bucket: { bucket, prefix, region, endpoint },
    bucketKey: credentials && bucketSecret !== undefined ? { accessKeyId: credentials.accessKeyId, secret: bucketSecret } : undefined,
  };
}
