import { hashText } from '../../domain/hash.ts';
import { ORDER, TERMINATION_LOG, type PodBucket, type PodOrder } from './order.ts';
import type { V1Container, V1JobSpec } from '@kubernetes/client-node';
import type { Manifest } from '../../kubernetes/manifest.ts';
import type { Job } from '../../ports/job-runner.ts';

/** What the configuration says of a training's pod; everything else follows from the job. */
export interface JobSettings {
  readonly namespace: string;
  /** An image of ours: the pod runs its role `job`. */
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Name of a Secret in the namespace. */
  readonly imagePullSecret?: string | undefined;
  readonly serviceAccount: string;
  readonly cpu: string;
  /** How long a pod may wait for a node and its image. */
  readonly startSeconds: number;
  readonly bucket: Omit<PodBucket, 'credentials'>;
  /** Whose secret is the entry `secret-access-key` of this Secret; without, what the SDK finds in the pod. */
  readonly bucketKey?: { readonly accessKeyId: string; readonly secret: string } | undefined;
}

export const jobKind = { apiVersion: 'batch/v1', kind: 'Job' } as const;
export const containerName = 'job';
/** Who looks after the Job, and when they last said so. */
export const annotations = { id: 'almanac/job', owner: 'almanac/owner', seen: 'almanac/seen' } as const;

const jobFolder = '/job';
const keyFolder = '/run/almanac';
const keyName = 'secret-access-key';
const nobody = 65_534;
/** Of the process that fetches, watches and keeps, beside the program's own limit. */
const beside = 256;
/** Beyond the program's own limit of time, before the cluster ends it without a word. */
export const latenessMs = 60_000;
/** A Job that nobody comes for goes by itself; longer than any retry takes it over. */
const keptSeconds = 3600;
const graceSeconds = 5;

/** `almanac-train-shop-2011-w36-r1-5f2c…`: readable, and one for each job of one Almanac. */
export function jobName(instance: string, id: string): string {
  const readable = id.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').slice(0, 40).replace(/^-|-$/g, '');
  return `almanac-${readable}-${hashText(`${instance} ${id}`).slice(0, 10)}`;
}

/** Labels of everything that one Almanac runs. */
export function jobLabels(instance: string): Record<string, string> {
  return { 'app.kubernetes.io/name': 'almanac-trainer', 'app.kubernetes.io/managed-by': 'almanac', 'almanac/instance': hashText(instance).slice(0, 12) };
}

/** A Job of this work is worth taking over; another of its name is in the way. The folder is named by the job's input. */
export function workLabel({ image }: JobSettings, { program, folder, memoryMb, timeoutMs }: Job): Record<string, string> {
  return { 'almanac/work': hashText(JSON.stringify([image, program, folder.split('/').at(-1), memoryMb, timeoutMs])).slice(0, 32) };
}

/** One pod of the restricted profile, once: whether it is tried again is not the cluster's to decide. */
export function jobManifest(settings: JobSettings, instance: string, job: Job, inputs: PodOrder['inputs'], owner: string, now: string): Manifest {
  const { id, program, timeoutMs, memoryMb } = job;
  const key = settings.bucketKey;
  const credentials = key && { accessKeyId: key.accessKeyId, secretKeyFile: `${keyFolder}/${keyName}` };
  const order: PodOrder = { job: { id, program, timeoutMs, memoryMb }, inputs, artifacts: { ...settings.bucket, ...(credentials ? { credentials } : {}) } };
  const labels = { ...jobLabels(instance), ...workLabel(settings, job) };
  const spec: V1JobSpec = {
    backoffLimit: 0,
    activeDeadlineSeconds: Math.ceil((timeoutMs + latenessMs) / 1000) + settings.startSeconds,
    ttlSecondsAfterFinished: keptSeconds,
    template: {
      metadata: { labels, annotations: { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' } },
      spec: {
        restartPolicy: 'Never',
        serviceAccountName: settings.serviceAccount,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: graceSeconds,
        securityContext: { runAsNonRoot: true, runAsUser: nobody, runAsGroup: nobody, fsGroup: nobody, seccompProfile: { type: 'RuntimeDefault' } },
        ...(settings.imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: settings.imagePullSecret }] }),
        containers: [container(settings, order)],
        volumes: [
          { name: 'job', emptyDir: {} },
          { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
          ...(key ? [{ name: 'key', secret: { secretName: key.secret, defaultMode: 0o440, items: [{ key: keyName, path: keyName }] } }] : []),
        ],
      },
    },
  };
  return { ...jobKind, metadata: { name: jobName(instance, id), namespace: settings.namespace, labels, annotations: { [annotations.id]: id, [annotations.owner]: owner, [annotations.seen]: now } }, spec } as Manifest;
}

/** As much asked for as it may have: what is promised is not taken back when the node runs short. */
function container({ image, imagePullPolicy, cpu }: JobSettings, order: PodOrder): V1Container {
  const size = { cpu, memory: `${order.job.memoryMb + beside}Mi`, 'ephemeral-storage': '8Gi' };
  return {
    name: containerName,
    image,
    imagePullPolicy,
    args: ['job', jobFolder, TERMINATION_LOG],
    env: [{ name: ORDER, value: JSON.stringify(order) }, { name: 'HOME', value: '/tmp' }],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    resources: { requests: size, limits: size },
    terminationMessagePath: TERMINATION_LOG,
    terminationMessagePolicy: 'File',
    volumeMounts: [
      { name: 'job', mountPath: jobFolder },
      { name: 'tmp', mountPath: '/tmp' },
      ...(order.artifacts.credentials ? [{ name: 'key', mountPath: keyFolder, readOnly: true }] : []),
    ],
  };
}
