import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as k8s from '@kubernetes/client-node';
import pino from 'pino';
import { readConfig } from '../../src/config.ts';
import { standardLimits } from '../../src/http/endpoint/limits.ts';
import { cassandraOptions } from '../../src/main/connect.ts';
import { startEndpoint } from '../../src/main/endpoint.ts';
import { serveLogs, startJobPod, type PodLog } from './job-pods.ts';
import { startRolePod, type RolePod } from './role-pods.ts';

export const fakeNodeName = 'fake-1';

/** The node of the run, which a trial's `startFakeNode` brings to life. */
export async function registerFakeNode({ kubeconfig, address }: { kubeconfig: string; address: string }): Promise<void> {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const merge = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
  await core.createNode({ body: { metadata: { name: fakeNodeName, labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/hostname': fakeNodeName } } } });
  const size = { cpu: '64', memory: '256Gi', pods: '250', 'ephemeral-storage': '1Ti' };
  await core.patchNodeStatus({ name: fakeNodeName, body: { status: { capacity: size, allocatable: size, conditions: [{ type: 'Ready', status: 'True', reason: 'Test', lastHeartbeatTime: now(), lastTransitionTime: now() }], addresses: [{ type: 'InternalIP', address }] } } }, merge);
  await core.patchNode({ name: fakeNodeName, body: { spec: { taints: null } } }, merge);
}

/**
 * A node without a kubelet or containers: for what the scheduler binds to it, it starts the endpoint in this process, from
 * the files that the pod mounts, on an address of the pod's own; for a pod of the runner, what that is asked to do; and every
 * other role as a process of its own. An image of
 * the name `missing` cannot be pulled, one of the name `crashing` ends at once and one of the name `evicted` is taken away, as
 * a kubelet would report them.
 */
export async function startFakeNode(options: { kubeconfig: string; folder: string; podNetwork: string; address: string; certificates: string }) {
  const config = new k8s.KubeConfig();
  config.loadFromFile(options.kubeconfig);
  const core = config.makeApiClient(k8s.CoreV1Api);
  const merge = k8s.setHeaderOptions('Content-Type', k8s.PatchStrategy.MergePatch);
  const running = new Map<string, Promise<Pod>>();
  const stopping = new AbortController();
  const logs = new Map<string, PodLog>();
  const exitCodes = new Set<number | null>();
  const roles = new Map<string, RolePod>();
  const hung = new Set<RolePod>();
  let addresses = 0;

  const logServer = await serveLogs({ certificates: options.certificates, address: options.address, logOf: (namespace, pod) => logs.get(`${namespace}/${pod}`) });
  await core.patchNodeStatus({ name: fakeNodeName, body: { status: { daemonEndpoints: { kubeletEndpoint: { Port: logServer.port } } } } }, merge);

  async function meet(pod: k8s.V1Pod): Promise<void> {
    const { uid = '', name = '', namespace = '', deletionTimestamp } = pod.metadata ?? {};
    if (deletionTimestamp) {
      const known = running.get(uid);
      if (known) await (await known).stop();
      await core.deleteNamespacedPod({ name, namespace, gracePeriodSeconds: 0 }).catch(ignoreAbsent);
      return;
    }
    if (running.has(uid)) return;
    running.set(uid, start(pod));
    const { status } = await running.get(uid)!;
    if (status) await tell(pod, status);
  }

  async function tell({ metadata }: k8s.V1Pod, status: k8s.V1PodStatus): Promise<void> {
    await core.patchNamespacedPodStatus({ name: metadata?.name ?? '', namespace: metadata?.namespace ?? '', body: { status } }, merge).catch(ignoreAbsent);
  }

  async function start(pod: k8s.V1Pod): Promise<Pod> {
    const image = pod.spec?.containers[0]?.image ?? '';
    if (image.includes('missing')) return { status: waiting(pod, 'ImagePullBackOff', `Back-off pulling image "${image}"`), stop: async () => undefined };
    if (image.includes('unknown')) return { status: waiting(pod, 'ErrImageNeverPull', `Container image "${image}" is not present with pull policy of Never`), stop: async () => undefined };
    if (image.includes('evicted')) return { status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' }, stop: async () => undefined };
    if (image.includes('crashing')) return { status: crashed(pod), stop: async () => undefined };
    addresses += 1;
    const address = options.podNetwork.replace(/\d+\/\d+$/, String(9 + addresses));
    const folder = path.join(options.folder, pod.metadata?.uid ?? '');
    await mount(core, pod, folder, address);
    const role = pod.spec?.containers[0]?.args?.[0];
    if (role === 'job') return startJob(pod, folder, address);
    if (role !== 'endpoint') return startRole(pod, folder, address);
    const { endpoint, cassandra } = cassandraAndEndpoint(path.join(folder, 'etc-almanac/almanac.yaml'));
    try {
      const serving = await startEndpoint({
        cassandra, host: address, port: endpoint.port, keysFile: endpoint.keysFile, keyGraceMs: endpoint.keyGraceHours * 3_600_000,
        limits: { ...standardLimits, requestsPerMinute: endpoint.requestsPerMinute }, pollMs: 100, staleAfterMs: 10_000, drainMs: 0, logger: pino({ level: 'silent' }),
      });
      return { status: ready(pod, address, options.address), stop: () => serving.stop() };
    } catch (error) {
      report(error);
      return { status: crashed(pod), stop: async () => undefined };
    }
  }

  /** It tells by itself, because a job may end at once, and what has ended does not run any more. */
  async function startJob(pod: k8s.V1Pod, folder: string, address: string): Promise<Pod> {
    const job = startJobPod(pod, { folder: path.join(folder, 'job-folder'), placeOf: (mountPath) => placeIn(folder, mountPath) });
    logs.set(`${pod.metadata?.namespace}/${pod.metadata?.name}`, job.log);
    await tell(pod, ready(pod, address, options.address));
    void job.ended.then((terminated) => tell(pod, { phase: terminated.exitCode === 0 ? 'Succeeded' : 'Failed', conditions: conditions(false), containerStatuses: container(pod, false, { terminated }) })).catch(report);
    return { status: null, stop: job.stop };
  }

  async function startRole(pod: k8s.V1Pod, folder: string, address: string): Promise<Pod> {
    const role = startRolePod(pod, { placeOf: (mountPath) => placeIn(folder, mountPath), address });
    roles.set(pod.metadata?.name ?? '', role);
    void role.ended.then((code) => hung.has(role) || exitCodes.add(code));
    if (pod.spec?.restartPolicy === 'Always') return { status: (await role.isReady) ? ready(pod, address, options.address) : crashed(pod), stop: role.stop };
    const exitCode = await role.ended;
    const phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    return { status: { phase, conditions: conditions(false), containerStatuses: container(pod, false, { terminated: { exitCode: exitCode ?? 137 } }) }, stop: async () => undefined };
  }

  const selector = { fieldSelector: `spec.nodeName=${fakeNodeName}` };
  const following = (async () => {
    while (!stopping.signal.aborted) {
      const { items, metadata } = await core.listPodForAllNamespaces(selector);
      for (const pod of items) void meet(pod).catch(report);
      await new Promise<void>((resolve) => {
        new k8s.Watch(config).watch('/api/v1/pods', { ...selector, resourceVersion: metadata?.resourceVersion }, (type, pod: k8s.V1Pod) => {
          if (type === 'ADDED' || type === 'MODIFIED') void meet(pod).catch(report);
        }, () => resolve()).then((controller) => stopping.signal.addEventListener('abort', () => { controller.abort(); resolve(); }), () => resolve());
      });
    }
  })();

  return {
    /** Has the process of a pod live on and do nothing, of which its kubelet knows nothing. */
    hang(name: string): void {
      const role = roles.get(name);
      if (role === undefined) throw new Error(`no process runs as pod ${name}`);
      hung.add(role);
      role.hang();
    },
    /** With which processes of roles have ended that did not hang; null is a kill. */
    exitCodes: (): ReadonlySet<number | null> => exitCodes,
    /** Ends every connection by which a log is read now. */
    breakLogs(): void {
      for (const log of logs.values()) log.breakOff();
    },
    async stop(): Promise<void> {
      stopping.abort();
      await following;
      for (const pod of running.values()) await (await pod).stop();
      logServer.stop();
    },
  };
}

interface Pod {
  /** What to tell of it; null when it tells by itself. */
  readonly status: k8s.V1PodStatus | null;
  stop(): Promise<void>;
}

/** The files that the container mounts; what names their places, or every address of the machine, is told the ones here. */
async function mount(core: k8s.CoreV1Api, pod: k8s.V1Pod, folder: string, address: string): Promise<void> {
  const namespace = pod.metadata?.namespace ?? '';
  const mounts = pod.spec?.containers[0]?.volumeMounts ?? [];
  const placeOf = (mountPath: string): string => placeIn(folder, mountPath);
  const mounted = new RegExp(`"(${mounts.map(({ mountPath }) => mountPath).join('|')})/`, 'g');
  for (const { name, mountPath } of mounts) {
    const volume = pod.spec?.volumes?.find((each) => each.name === name);
    const files: Record<string, string> = {};
    if (volume?.configMap?.name) Object.assign(files, (await core.readNamespacedConfigMap({ name: volume.configMap.name, namespace })).data);
    if (volume?.secret?.secretName) {
      const { data = {} } = await core.readNamespacedSecret({ name: volume.secret.secretName, namespace });
      const named = volume.secret.items ?? Object.keys(data).map((key) => ({ key, path: key }));
      for (const item of named) if (data[item.key] !== undefined) files[item.path] = Buffer.from(data[item.key] ?? '', 'base64').toString();
    }
    mkdirSync(placeOf(mountPath), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      const here = text.replaceAll(mounted, (_, place: string) => `"${placeOf(place)}/`).replaceAll('"0.0.0.0"', `"${address}"`);
      writeFileSync(path.join(placeOf(mountPath), file), here);
    }
  }
}

function placeIn(folder: string, mountPath: string): string {
  return path.join(folder, mountPath.slice(1).replaceAll('/', '-'));
}

function cassandraAndEndpoint(file: string) {
  const config = readConfig({}, file);
  return { cassandra: cassandraOptions(config), endpoint: config.endpoint };
}

function conditions(isReady: boolean): k8s.V1PodCondition[] {
  return ['Initialized', 'PodScheduled', 'ContainersReady', 'Ready'].map((type) => ({ type, status: isReady || !type.endsWith('Ready') ? 'True' : 'False', lastTransitionTime: now() as never }));
}

function container(pod: k8s.V1Pod, isReady: boolean, state: k8s.V1ContainerState): k8s.V1ContainerStatus[] {
  const { name = '', image = '' } = pod.spec?.containers[0] ?? {};
  return [{ name, image, imageID: '', ready: isReady, started: isReady, restartCount: 0, state }];
}

function ready(pod: k8s.V1Pod, address: string, hostIP: string): k8s.V1PodStatus {
  return { phase: 'Running', podIP: address, podIPs: [{ ip: address }], hostIP, startTime: now() as never, conditions: conditions(true), containerStatuses: container(pod, true, { running: { startedAt: now() as never } }) };
}

function waiting(pod: k8s.V1Pod, reason: string, message: string): k8s.V1PodStatus {
  return { phase: 'Pending', conditions: conditions(false), containerStatuses: container(pod, false, { waiting: { reason, message } }) };
}

function crashed(pod: k8s.V1Pod): k8s.V1PodStatus {
  const ended = { terminated: { exitCode: 78, reason: 'Error', startedAt: now() as never, finishedAt: now() as never } };
  return { phase: 'Running', conditions: conditions(false), containerStatuses: [{ ...container(pod, false, { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } })[0]!, restartCount: 3, lastState: ended }] };
}

function now(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}

function ignoreAbsent(error: unknown): void {
  if ((error as { code?: number }).code !== 404) throw error;
}

function report(error: unknown): void {
  process.stderr.write(`the fake node: ${error instanceof Error ? error.message : String(error)}\n`);
}
