import { Failure } from '../../domain/failure.ts';
import { hashText } from '../../domain/hash.ts';
import type { Week } from '../../domain/calendar/week.ts';

/** Who publishes: the one writer of our fields (another writer of the same field is a conflict, and is told so), and where its settings and rights are. */
export const publishing = { fieldManager: 'almanac-publisher', setting: 'publisher', rights: 'k8s/publisher.yaml' } as const;
export const serviceAccountName = 'almanac-endpoint';

export interface WeekOf {
  readonly property: string;
  readonly week: Week;
}

/** `almanac-shop-2026-w47`: Deployment, Service and what protects them. Names of objects are lower case. */
export function weekName({ property, week }: WeekOf): string {
  return `almanac-${property}-${week.toLowerCase()}`;
}

/** `almanac-shop-current`: the Service and route of whichever week is the latest. */
export function currentName(property: string): string {
  return `almanac-${property}-current`;
}

/** An immutable object is named by its content, so what a pod mounts never changes under it. */
export function versionedName(week: WeekOf, part: 'config' | 'keys', content: string): string {
  return `${weekName(week)}-${part}-${hashText(content).slice(0, 10)}`;
}

/** What people are told of a week: where it is behind the address that they reach, or its Service's name in the cluster. */
export function weekAddress({ address, namespace }: { readonly address?: string | undefined; readonly namespace: string }, { property, week }: WeekOf): string {
  return `${address ?? `http://${weekName({ property, week })}.${namespace}.svc`}/${encodeURIComponent(property)}/${week}`;
}

/** Labels of everything that belongs to one week; retiring deletes by them. */
export function weekLabels({ property, week }: WeekOf): Record<string, string> {
  return { ...propertyLabels(property), 'almanac/week': week.toLowerCase() };
}

/** Labels of every Deployment of ours. */
export const ownLabels = { 'app.kubernetes.io/name': 'almanac-endpoint', 'app.kubernetes.io/managed-by': 'almanac' } as const;

export function propertyLabels(property: string): Record<string, string> {
  // A label must end in a letter or digit, and nothing else of ours asks that of a property.
  if (property.endsWith('-')) throw new Failure('bad-configuration', `property "${property}" ends in "-": Kubernetes cannot label what belongs to it; give it another name, or publish embedded`);
  return { ...ownLabels, 'almanac/property': property };
}

/** Labels of the property's stable address. */
export function currentLabels(property: string): Record<string, string> {
  return { ...propertyLabels(property), 'almanac/current': 'true' };
}
