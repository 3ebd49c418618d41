import { openCluster } from '../../src/kubernetes/cluster.ts';
import { kubernetesRunner, running, type KubernetesRunnerOptions } from '../../src/runners/kubernetes.ts';
import { connectArtifactBucket } from '../../src/stores/s3/artifact-bucket.ts';
import type { JobSettings } from '../../src/runners/kubernetes/job-manifest.ts';

/** All that a process needs to run jobs as a worker would: it can be handed to another one. */
export interface RunnerWorld {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretKeyFile: string };
  readonly copies: string;
}

export async function runnerOn(world: RunnerWorld, different: { settings?: Partial<JobSettings>; instance?: string; adoptWithinMs?: number; kubeconfig?: string } = {}) {
  const { namespace, endpoint, bucket, credentials, copies } = world;
  const options: KubernetesRunnerOptions = {
    cluster: openCluster({ ...running, kubeconfig: different.kubeconfig ?? world.kubeconfig, namespace, requestTimeoutMs: 10_000 }),
    artifacts: await connectArtifactBucket({ bucket, endpoint, credentials, copies }),
    settings: {
      namespace, image: 'almanac:1', imagePullPolicy: 'Never', serviceAccount: 'almanac-trainer', cpu: '100m', startSeconds: 60,
      bucket: { bucket, prefix: '', endpoint }, bucketKey: { accessKeyId: credentials.accessKeyId, secret: 'bucket' }, ...different.settings,
    },
    instance: different.instance ?? 'default/almanac',
    ...(different.adoptWithinMs === undefined ? {} : { adoptWithinMs: different.adoptWithinMs }),
  };
  return kubernetesRunner(options);
}
