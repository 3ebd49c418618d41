import { Failure } from '../domain/failure.ts';
import type { KubeConfig } from '@kubernetes/client-node';

export interface ConnectOptions {
  /** Part of almanac.yaml that says all this; named in errors. */
  readonly setting: string;
  /** A kubeconfig file; without one KUBECONFIG, the one at home, or the account of the pod we are in. */
  readonly kubeconfig?: string | undefined;
  readonly context?: string | undefined;
  /** A request that takes longer is given up. */
  readonly requestTimeoutMs: number;
}

export type Connection = Awaited<ReturnType<typeof connectCluster>>;

/** Clients of one API server. Asks it nothing yet; fails with `bad-configuration` where the kubeconfig cannot be used. */
export async function connectCluster({ setting, kubeconfig, context, requestTimeoutMs }: ConnectOptions) {
  // A second to load and 130 MB: only where it is used.
  const { CustomObjectsApi, KubeConfig: Config, KubernetesObjectApi, ServerConfiguration, Watch, createConfiguration } = await import('@kubernetes/client-node');
  const config = new Config();
  const server = serverIn(config, setting, kubeconfig, context);
  const configuration = createConfiguration({
    baseServer: new ServerConfiguration(server, {}),
    authMethods: { default: config },
    promiseMiddleware: [{
      pre: async (request) => {
        request.setSignal(AbortSignal.timeout(requestTimeoutMs));
        return request;
      },
      post: async (response) => response,
    }],
  });
  return { server, config, objects: new KubernetesObjectApi(configuration), discovery: new CustomObjectsApi(configuration), watch: new Watch(config) };
}

function serverIn(config: KubeConfig, setting: string, file: string | undefined, context: string | undefined): string {
  const where = `${setting}.kubeconfig ${file ?? '(the default one)'}`;
  try {
    if (file === undefined) config.loadFromDefault();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new Failure('bad-configuration', `${where} cannot be used: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`, { cause });
  }
  if (context !== undefined) config.setCurrentContext(context);
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw new Failure('bad-configuration', `${where} names no cluster for the context "${config.getCurrentContext()}": expected one of ${config.getContexts().map(({ name }) => name).join(', ') || 'none'}`);
  return cluster.server;
}
