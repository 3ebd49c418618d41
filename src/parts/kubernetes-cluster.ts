import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import path from 'node:path';
import type { ProcessSpec } from './process-spec.ts';

export interface ClusterOptions {
  /** Of its objects, keys and logs; empty at first. */
  readonly folder: string;
  /** The programs, as obtained. */
  readonly kubebox: string;
  readonly etcd: string;
  /** Of this machine, not on loopback: the API server answers here. */
  readonly address: string;
  /** The node whose proxy it is that programs Services. */
  readonly proxyNode: string;
  /** etcd's two, the API server's, those of controllers, scheduler and proxy. */
  readonly ports: readonly number[];
}

/** Of Services; the network namespace must lead them somewhere. */
export const serviceRange = '10.96.0.0/16';

/** The one node that may come with a kubelet of its own. */
export const nodeName = 'node-1';

export type Who = 'admin' | 'controllers' | 'scheduler' | 'proxy' | 'node';

/** Who may come, and as whom: the API server knows them by a token each. */
const identities: Record<Who, readonly [user: string, group: string]> = {
  admin: ['admin', 'system:masters'],
  controllers: ['system:kube-controller-manager', ''],
  scheduler: ['system:kube-scheduler', ''],
  proxy: ['system:kube-proxy', ''],
  node: [`system:node:${nodeName}`, 'system:nodes'],
};

export function kubeconfigOf(folder: string, who: Who): string {
  return path.join(folder, `${who}.kubeconfig`);
}

/** What the API server writes about each change and read, one JSON object a line. */
export function auditLog(folder: string): string {
  return path.join(folder, 'audit.log');
}

/**
 * A real control plane without a node, in the order of starting: etcd, API server, controllers and scheduler, and the proxy that
 * programs Services into this network namespace. Keys and tokens are made in `folder`.
 */
export function controlPlane(options: ClusterOptions): ProcessSpec[] {
  const { folder, kubebox, etcd, address, proxyNode, ports: [client, peer, api, controllers, scheduler, health, metrics] } = options;
  const [etcdUrl, peerUrl, server] = [`http://127.0.0.1:${client}`, `http://127.0.0.1:${peer}`, `https://${address}:${api}`];
  const at = (name: string): string => path.join(folder, name);
  const certificate = at('certificates/apiserver.crt');
  const started = (name: string, args: string[]): ProcessSpec => ({ name, command: kubebox, args: [name, ...args], readyTimeoutMs: 120_000, restart: 'never' });
  return [
    {
      name: 'etcd', command: etcd, restart: 'never', prepare: async () => writeFolder(folder, server, certificate),
      args: ['--data-dir', at('etcd'), '--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl, '--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`, '--log-level', 'warn'],
      ready: async () => {
        if (!(await fetch(`${etcdUrl}/health`, { signal: AbortSignal.timeout(2000) })).ok) throw new Error('it is not healthy');
      },
    },
    {
      ...started('kube-apiserver', [
        '--etcd-servers', etcdUrl, '--bind-address', address, '--advertise-address', address, '--secure-port', String(api), '--cert-dir', at('certificates'),
        '--token-auth-file', at('tokens.csv'), '--service-account-key-file', at('accounts.pub'), '--service-account-signing-key-file', at('accounts.key'), '--service-account-issuer', 'https://kubernetes.default.svc',
        '--authorization-mode', 'Node,RBAC',
        // A namespace says by its annotation which node its pods go to.
        '--enable-admission-plugins', 'NodeRestriction,PodNodeSelector', '--service-cluster-ip-range', serviceRange, '--endpoint-reconciler-type', 'none', '--profiling=false',
        '--audit-policy-file', at('audit-policy.json'), '--audit-log-path', auditLog(folder),
      ]),
      ready: () => answers(`${server}/readyz`, certificate),
    },
    started('kube-controller-manager', [
      '--kubeconfig', kubeconfigOf(folder, 'controllers'), '--leader-elect=false', '--bind-address', '127.0.0.1', '--secure-port', String(controllers), '--cert-dir', at('certificates'), '--profiling=false',
      // Nodes of tests send no heartbeats.
      '--service-account-private-key-file', at('accounts.key'), '--root-ca-file', certificate, '--use-service-account-credentials', '--node-monitor-grace-period', '10h',
    ]),
    started('kube-scheduler', ['--kubeconfig', kubeconfigOf(folder, 'scheduler'), '--leader-elect=false', '--bind-address', '127.0.0.1', '--secure-port', String(scheduler), '--cert-dir', at('certificates'), '--profiling=false']),
    { ...started('kube-proxy', ['--config', at('proxy.json')]), prepare: async () => writeFileSync(at('proxy.json'), JSON.stringify(proxySettings({ folder, proxyNode, health, metrics }))) },
  ];
}

/** What accounts of users' namespaces do is written down, not what the controllers do all day. */
const auditRules = [{ level: 'None', userGroups: ['system:serviceaccounts:kube-system'] }, { level: 'Metadata', userGroups: ['system:serviceaccounts'] }, { level: 'None' }];

/** Made once: the API server adds its own certificate, which everybody trusts. */
function writeFolder(folder: string, server: string, certificate: string): void {
  if (existsSync(path.join(folder, 'tokens.csv'))) return;
  mkdirSync(path.join(folder, 'certificates'), { recursive: true });
  const secret = { mode: 0o600 };
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'sec1', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });
  writeFileSync(path.join(folder, 'accounts.key'), privateKey, secret);
  writeFileSync(path.join(folder, 'accounts.pub'), publicKey);
  writeFileSync(path.join(folder, 'audit-policy.json'), JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules: auditRules }));
  const lines = Object.entries(identities).map(([who, [user, group]]) => {
    const token = randomBytes(24).toString('hex');
    writeFileSync(kubeconfigOf(folder, who as Who), kubeconfig({ server, certificate, token }), secret);
    return `${token},${user},${who}${group === '' ? '' : `,"${group}"`}\n`;
  });
  writeFileSync(path.join(folder, 'tokens.csv'), lines.join(''), secret);
}

/** JSON is YAML. */
export function kubeconfig({ server, certificate, token }: { server: string; certificate: string; token: string }): string {
  return JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test',
    clusters: [{ name: 'test', cluster: { server, 'certificate-authority': certificate } }],
    users: [{ name: 'test', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
  });
}

function proxySettings({ folder, proxyNode, health, metrics }: { folder: string; proxyNode: string; health: number | undefined; metrics: number | undefined }): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1', kind: 'KubeProxyConfiguration', mode: 'iptables', hostnameOverride: proxyNode,
    clientConnection: { kubeconfig: kubeconfigOf(folder, 'proxy') }, healthzBindAddress: `127.0.0.1:${health}`, metricsBindAddress: `127.0.0.1:${metrics}`,
    // The limits of connection tracking are the whole machine's.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
    iptables: { minSyncPeriod: '100ms' },
  };
}

function answers(url: string, certificate: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const asking = get(url, { ca: readFileSync(certificate), agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      if (answer.statusCode === 200) resolve();
      else reject(new Error(`it answered ${answer.statusCode}`));
    });
    asking.on('timeout', () => asking.destroy(new Error('it does not answer'))).on('error', reject);
  });
}
