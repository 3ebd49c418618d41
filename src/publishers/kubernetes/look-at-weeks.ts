import { selectorOf } from '../../kubernetes/manifest.ts';
import { typeOf } from './manifests/manifest.ts';
import { ownLabels } from './names.ts';
import type { V1Deployment } from '@kubernetes/client-node';
import type { Cluster } from '../../kubernetes/cluster.ts';

/** How the weeks that the cluster serves are doing, in a few words; fails where it does not answer. */
export async function lookAtWeeks(cluster: Pick<Cluster, 'list'>): Promise<string> {
  const weeks = (await cluster.list(typeOf('Deployment'), selectorOf(ownLabels))).items as V1Deployment[];
  const short = weeks.map(({ metadata, spec, status }) => ({ name: metadata?.name, wanted: spec?.replicas ?? 1, available: status?.availableReplicas ?? 0 })).filter(({ wanted, available }) => available < wanted);
  if (weeks.length === 0) return 'no week';
  const counted = weeks.length === 1 ? '1 week' : `${weeks.length} weeks`;
  return short.length === 0 ? `${counted}, all pods available` : `${counted}; ${short.map(({ name, wanted, available }) => `${name} has ${available} of ${wanted} pods`).join(', ')}`;
}
