import { connectCluster, type Connection, type ConnectOptions } from './connect-cluster.ts';
import { followLog } from './follow-log.ts';
import { statusOf, translateClusterError } from './translate-cluster-error.ts';
import type { KubernetesObject } from '@kubernetes/client-node';
import type { Readable } from 'node:stream';
import type { Kind, Manifest } from './manifest.ts';

export interface ClusterOptions extends ConnectOptions {
  readonly namespace: string;
  /** Who writes: the cluster keeps it with each field. */
  readonly fieldManager: string;
  /** File with the Role that all this needs; named where something is not allowed. */
  readonly rights: string;
}

export interface Listed {
  readonly items: readonly Manifest[];
  readonly resourceVersion: string;
}

export type Cluster = ReturnType<typeof openCluster>;

/** Calls of one namespace's API, each bounded and with failures of ours. Connects on the first call. */
export function openCluster(options: ClusterOptions) {
  const { namespace, fieldManager, setting, rights } = options;
  let connecting: Promise<Connection> | null = null;
  const served = new Map<string, ReadonlySet<string>>();

  async function call<T>(did: string, work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await (connecting ??= connectCluster(options));
    try {
      return await work(connection);
    } catch (error) {
      throw translateClusterError(error, { did, server: connection.server, setting, rights });
    }
  }

  return {
    namespace,
    /** Server-side apply: creates, changes only the fields we name, and fails with `cluster-refused` where another manager has one. */
    apply: (manifest: Manifest, { isDryRun }: { isDryRun: boolean }): Promise<KubernetesObject> =>
      // The client writes into what it is given.
      call(`${isDryRun ? 'dry-run' : 'apply'} ${nameOf(manifest)}`, ({ objects }) => objects.patch(structuredClone(manifest), undefined, isDryRun ? 'All' : undefined, fieldManager, false, 'application/apply-patch+yaml')),
    /** The new object; null when there is one of that name. */
    create: (manifest: Manifest): Promise<KubernetesObject | null> =>
      call(`create ${nameOf(manifest)}`, ({ objects }) => nullOn(409, objects.create(structuredClone(manifest), undefined, undefined, fieldManager))),
    /** Writes these annotations and no others. Null when the object is gone, or another of its name is there. */
    annotate: ({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>, { name, uid }: { name: string; uid: string }, annotations: Readonly<Record<string, string>>): Promise<KubernetesObject | null> =>
      call(`annotate ${kind} ${name} in ${namespace}`, ({ objects }) => nullOn(409, nullOn(404, objects.patch({ apiVersion, kind, metadata: { name, namespace, uid, annotations: { ...annotations } } }, undefined, undefined, fieldManager, undefined, 'application/merge-patch+json')))),
    /** Writes annotations on the pods of a Deployment, which is a rollout where one of them changes. Null when there is no such Deployment. */
    annotatePods: (name: string, annotations: Readonly<Record<string, string>>): Promise<KubernetesObject | null> =>
      call(`restart Deployment ${name} in ${namespace}`, ({ objects }) => {
        const change = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { template: { metadata: { annotations: { ...annotations } } } } };
        return nullOn(404, objects.patch(change, undefined, undefined, fieldManager, undefined, 'application/merge-patch+json'));
      }),
    /** Null when there is none. */
    read: <T extends KubernetesObject>({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>, name: string): Promise<T | null> =>
      call(`read ${kind} ${name} in ${namespace}`, ({ objects }) => nullOn(404, objects.read<KubernetesObject>({ apiVersion, kind, metadata: { name, namespace } }) as Promise<T>)),
    list: async ({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>, selector?: string): Promise<Listed> => {
      const found = await call(`list ${kind} in ${namespace}`, ({ objects }) => objects.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selector));
      return { items: found.items as Manifest[], resourceVersion: found.metadata?.resourceVersion ?? '' };
    },
    /** With what it owns. Nothing happens when there is none, or none with the uid. */
    remove: (kind: Pick<Kind, 'apiVersion' | 'kind'>, name: string, uid?: string): Promise<unknown> =>
      call(`delete ${kind.kind} ${name} in ${namespace}`, ({ objects }) => {
        // All of it in the body: where there is one, the server does not look at the query, and would orphan the pods of a Job.
        const how = { propagationPolicy: 'Foreground', ...(uid === undefined ? {} : { preconditions: { uid } }) };
        const removing = nullOn(404, objects.delete({ apiVersion: kind.apiVersion, kind: kind.kind, metadata: { name, namespace } }, undefined, undefined, undefined, undefined, undefined, how) as Promise<unknown>);
        return uid === undefined ? removing : nullOn(409, removing);
      }),
    /** What a container says, from its first byte until it ends or the connection does; null while it has not begun. */
    followLog: (pod: string, container: string): Promise<Readable | null> =>
      call(`follow the log of Pod ${pod} in ${namespace}`, ({ config, server }) => nullOn(404, nullOn(400, followLog({ config, server, namespace, pod, container, answerWithinMs: options.requestTimeoutMs })))),
    /** Whether this cluster has the kind; asked once for each group. */
    serves: async ({ apiVersion, kind }: Pick<Kind, 'apiVersion' | 'kind'>): Promise<boolean> => {
      const known = served.get(apiVersion) ?? (await call(`name the kinds of ${apiVersion}`, (connection) => kindsOf(connection, apiVersion)));
      served.set(apiVersion, known);
      return known.has(kind);
    },
    /**
     * Changes of one object after `resourceVersion`, until `onChange` says true. False when the stream ended, erred or said
     * nothing for 30 s, or the signal aborted: after that whoever watches reads again.
     */
    watch: (watched: Watched): Promise<boolean> => call(`watch ${watched.name} in ${namespace}`, (connection) => watchOne(connection, watched)),
  };
}

export interface Watched {
  /** Of the collection: `/apis/apps/v1/namespaces/almanac/deployments`. */
  readonly path: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  onChange(changed: KubernetesObject): boolean;
}

function watchOne({ watch }: Connection, { path, name, resourceVersion, signal, onChange }: Watched): Promise<boolean> {
  return new Promise((resolve, reject) => {
    let stop = (): void => undefined;
    const end = (isReached: boolean): void => {
      signal.removeEventListener('abort', giveUp);
      resolve(isReached);
      stop();
    };
    const giveUp = (): void => end(false);
    signal.addEventListener('abort', giveUp);
    const onEvent = (type: string, changed: KubernetesObject): void => {
      // An ERROR event, mostly 410: what is asked for is too old to be resumed.
      if (type === 'ERROR' || type === 'DELETED') end(false);
      else if (type !== 'BOOKMARK' && onChange(changed)) end(true);
    };
    const onEnd = (error: unknown): void => {
      const status = statusOf(error);
      if (status === 401 || status === 403) reject(error as Error);
      end(false);
    };
    watch.watch(path, { fieldSelector: `metadata.name=${name}`, resourceVersion }, onEvent, onEnd).then((controller) => {
      stop = () => controller.abort();
      if (signal.aborted) giveUp();
    }, reject);
  });
}

async function kindsOf({ discovery }: Connection, apiVersion: string): Promise<ReadonlySet<string>> {
  const [group = '', version = ''] = apiVersion.split('/');
  const found = await nullOn(404, discovery.getAPIResources({ group, version }));
  return new Set(found?.resources.map(({ kind }) => kind) ?? []);
}

async function nullOn<T>(status: number, answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (statusOf(error) === status) return null;
    throw error;
  }
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name} in ${metadata.namespace}`;
}
