import { weekLabels, type WeekOf } from '../names.ts';
import { kinds } from './manifest.ts';
import { horizontalPodAutoscaler, networkPolicy, podDisruptionBudget } from './protection.ts';
import { currentRoute, httpRoute, ingress, service, weekRoute } from './routes.ts';
import { configMap, deployment, secret, serviceAccount } from './workload.ts';
import type { Week } from '../../../domain/calendar/week.ts';
import type { Manifest } from '../../../kubernetes/manifest.ts';
import type { StoredKey } from '../../../ports/key-store.ts';
import type { KubernetesSettings } from '../settings.ts';

/** Everything by which a week is served, in the order in which it is applied. A function of its arguments alone. */
export function weekManifests(settings: KubernetesSettings, week: WeekOf, keys: readonly StoredKey[], isServed: (kind: string) => boolean): Manifest[] {
  const isScaled = settings.replicas.most > settings.replicas.least && isServed('HorizontalPodAutoscaler');
  const route = weekRoute(week);
  const [keysOf, configOf] = [secret(settings, week, keys), configMap(settings, week)];
  return inOrder([
    serviceAccount(settings), keysOf, configOf, networkPolicy(settings, week),
    deployment(settings, week, { secret: keysOf.metadata.name, configMap: configOf.metadata.name }, isScaled),
    podDisruptionBudget(settings, week),
    settings.replicas.most > settings.replicas.least ? horizontalPodAutoscaler(settings, week) : null,
    service(settings, route, weekLabels(week)), ingress(settings, route), httpRoute(settings, route),
  ]);
}

/** The property's stable address, answered by the pods of its latest week. */
export function currentManifests(settings: KubernetesSettings, property: string, current: Week): Manifest[] {
  const route = currentRoute(property);
  return inOrder([service(settings, route, weekLabels({ property, week: current })), ingress(settings, route), httpRoute(settings, route)]);
}

function inOrder(manifests: readonly (Manifest | null)[]): Manifest[] {
  const placeOf = ({ kind }: Manifest): number => kinds.findIndex((each) => each.kind === kind);
  return manifests.filter((manifest) => manifest !== null).sort((a, b) => placeOf(a) - placeOf(b));
}
