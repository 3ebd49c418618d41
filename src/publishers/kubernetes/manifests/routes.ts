import { currentLabels, currentName, weekLabels, weekName, type WeekOf } from '../names.ts';
import { typeOf } from './manifest.ts';
import type { Manifest } from '../../../kubernetes/manifest.ts';
import type { KubernetesSettings } from '../settings.ts';

/** Who a route belongs to, which path it takes and which pods answer. */
interface Route {
  readonly name: string;
  readonly labels: Record<string, string>;
  readonly path: string;
}

export function weekRoute(week: WeekOf): Route {
  return { name: weekName(week), labels: weekLabels(week), path: `/${week.property}/${week.week}` };
}

/** The longest path wins: what no week's own route takes comes here, `current` and the weeks that are gone. */
export function currentRoute(property: string): Route {
  return { name: currentName(property), labels: currentLabels(property), path: `/${property}` };
}

/** `pods`: the labels of those that answer. */
export function service({ namespace }: KubernetesSettings, { name, labels }: Route, pods: Record<string, string>): Manifest {
  return {
    ...typeOf('Service'), metadata: { name, namespace, labels },
    spec: { type: 'ClusterIP', selector: pods, ports: [{ name: 'http', port: servicePort, targetPort: 'http', protocol: 'TCP' }] },
  } as unknown as Manifest;
}

/** The same for every Service, whatever port the pods have. */
export const servicePort = 80;

export function ingress({ namespace, ingress: settings }: KubernetesSettings, { name, labels, path }: Route): Manifest | null {
  if (settings === undefined) return null;
  const { host, className, tlsSecret } = settings;
  return {
    ...typeOf('Ingress'), metadata: { name, namespace, labels },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tlsSecret === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecret }] }),
      rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend: { service: { name, port: { name: 'http' } } } }] } }],
    },
  } as Manifest;
}

export function httpRoute({ namespace, gateway }: KubernetesSettings, { name, labels, path }: Route): Manifest | null {
  if (gateway === undefined) return null;
  return {
    ...typeOf('HTTPRoute'), metadata: { name, namespace, labels },
    spec: {
      parentRefs: [{ name: gateway.name, ...(gateway.namespace === undefined ? {} : { namespace: gateway.namespace }) }],
      hostnames: [gateway.host],
      rules: [{ matches: [{ path: { type: 'PathPrefix', value: path } }], backendRefs: [{ name, port: servicePort }] }],
    },
  } as Manifest;
}
