import { Type } from 'typebox';
import { closed, dnsLabel, ofCluster, quantity } from './fragments.ts';

const ChildProcessRunner = Type.Object({ kind: Type.Literal('child-process') }, closed);

const DockerRunner = Type.Object({
  kind: Type.Literal('docker'),
  /** Built or pulled before; never pulled by a job. */
  image: Type.String({ pattern: '^[a-z0-9][A-Za-z0-9._/:@-]*$', default: 'almanac:0.1.0' }),
  /** Of the daemon on this machine. */
  socket: Type.String({ pattern: '^/', default: '/var/run/docker.sock' }),
}, closed);

/** Pods share no folder with the worker: artifacts are kept on S3. */
const KubernetesRunner = Type.Object({
  kind: Type.Literal('kubernetes'),
  /** With the rights of k8s/runner.yaml; the image runs the role `job`. */
  ...ofCluster,
  /** Of the pods. It needs no rights in the cluster; a cloud may know it as one who may use the bucket. */
  serviceAccount: Type.Unsafe<string>({ ...dnsLabel, default: 'almanac-trainer' }),
  /** A Secret of the namespace whose `secret-access-key` is the one of `artifacts.credentials`. */
  bucketSecret: Type.Optional(dnsLabel),
  cpu: quantity('1'),
  /** How long a pod may wait for a node and its image. */
  startSeconds: Type.Integer({ minimum: 5, maximum: 3600, default: 600 }),
}, closed);

/** The shapes of `runner` by its `kind`. */
export const RunnerSchemas = { 'child-process': ChildProcessRunner, docker: DockerRunner, kubernetes: KubernetesRunner } as const;

export const RunnerSchema = Type.Union([ChildProcessRunner, DockerRunner, KubernetesRunner], { default: { kind: 'child-process' } });
