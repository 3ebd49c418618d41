import { ownLabels, serviceAccountName, versionedName, weekLabels, weekName, type WeekOf } from '../names.ts';
import { typeOf } from './manifest.ts';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Manifest } from '../../../kubernetes/manifest.ts';
import type { StoredKey } from '../../../ports/key-store.ts';
import type { KubernetesSettings } from '../settings.ts';

const configFolder = '/etc/almanac';
export const secretFolder = '/run/almanac';
/** Longer than the pause before SIGTERM and the endpoint's own drain together. */
const terminationSeconds = 30;
const drainSeconds = 5;
const nobody = 65_534;

/** Pods never call the API server: the account has no rights, and its token is not mounted. */
export function serviceAccount({ namespace }: KubernetesSettings): Manifest {
  return {
    ...typeOf('ServiceAccount'), metadata: { name: serviceAccountName, namespace, labels: { ...ownLabels } },
    automountServiceAccountToken: false,
  } as Manifest;
}

/** Hashes of the keys that open the week, and the files that only pods may read. */
export function secret(settings: KubernetesSettings, week: WeekOf, keys: readonly StoredKey[]): Manifest {
  const sorted = keys.toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1));
  const files: Record<string, string> = { ...settings.secretFiles, 'keys.json': JSON.stringify({ property: week.property, keys: sorted }) };
  return {
    ...typeOf('Secret'), metadata: { name: versionedName(week, 'keys', JSON.stringify(files)), namespace: settings.namespace, labels: weekLabels(week) },
    type: 'Opaque', immutable: true,
    data: Object.fromEntries(Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')])),
  } as Manifest;
}

export function configMap(settings: KubernetesSettings, week: WeekOf): Manifest {
  // JSON is YAML, and its text is the same on every machine.
  const text = JSON.stringify({ ...settings.endpointConfig, home: '/tmp', endpoint: { ...(settings.endpointConfig['endpoint'] as object), host: '0.0.0.0', port: settings.port, keysFile: `${secretFolder}/keys.json` } });
  return {
    ...typeOf('ConfigMap'), metadata: { name: versionedName(week, 'config', text), namespace: settings.namespace, labels: weekLabels(week) },
    immutable: true, data: { 'almanac.yaml': text },
  } as Manifest;
}

/** What a Deployment's pods mount, by name. */
export interface Mounted {
  readonly secret: string;
  readonly configMap: string;
}

/** Pods of the restricted profile. Without an autoscaler the number of replicas is ours; with one it is nobody else's. */
export function deployment(settings: KubernetesSettings, week: WeekOf, mounted: Mounted, isScaled: boolean): Manifest {
  const labels = weekLabels(week);
  return {
    ...typeOf('Deployment'), metadata: { name: weekName(week), namespace: settings.namespace, labels },
    spec: {
      ...(isScaled ? {} : { replicas: settings.replicas.least }),
      revisionHistoryLimit: 2,
      progressDeadlineSeconds: settings.rolloutSeconds,
      // What serves goes only when what takes its place is ready.
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: podSpec(settings, mounted) },
    },
  } as Manifest;
}

function podSpec(settings: KubernetesSettings, mounted: Mounted): V1PodSpec {
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: terminationSeconds,
    securityContext: { runAsNonRoot: true, runAsUser: nobody, runAsGroup: nobody, fsGroup: nobody, seccompProfile: { type: 'RuntimeDefault' } },
    ...(settings.imagePullSecret === undefined ? {} : { imagePullSecrets: [{ name: settings.imagePullSecret }] }),
    containers: [container(settings)],
    volumes: [
      { name: 'config', configMap: { name: mounted.configMap } },
      { name: 'secret', secret: { secretName: mounted.secret, defaultMode: 0o440 } },
      { name: 'tmp', emptyDir: { sizeLimit: '64Mi' } },
    ],
  };
}

function container({ image, imagePullPolicy, port, resources }: KubernetesSettings): V1Container {
  const asked = (path: string) => ({ httpGet: { path, port: 'http' as never }, timeoutSeconds: 3 });
  return {
    name: 'endpoint',
    image,
    imagePullPolicy,
    args: ['endpoint'],
    env: [{ name: 'ALMANAC_CONFIG', value: `${configFolder}/almanac.yaml` }],
    ports: [{ name: 'http', containerPort: port, protocol: 'TCP' }],
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    resources: { requests: { cpu: resources.cpu, memory: resources.memory }, limits: { cpu: '1', memory: resources.memory, 'ephemeral-storage': '128Mi' } },
    startupProbe: { ...asked('/healthz'), periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { ...asked('/readyz'), periodSeconds: 2, failureThreshold: 2 },
    livenessProbe: { ...asked('/healthz'), periodSeconds: 10, failureThreshold: 3 },
    // Whoever routes hears of the end a little later than the pod does.
    lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
    volumeMounts: [
      { name: 'config', mountPath: configFolder, readOnly: true },
      { name: 'secret', mountPath: secretFolder, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
    ],
  };
}
