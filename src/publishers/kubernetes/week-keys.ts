import { Failure } from '../../domain/failure.ts';
import { isUsable } from '../../domain/release/api-key.ts';
import { lookUntil, type Patience } from '../look.ts';
import { typeOf } from './manifests/manifest.ts';
import { secret } from './manifests/workload.ts';
import { weekName, type WeekOf } from './names.ts';
import { hasComeUp } from './rollout.ts';
import { applyWeek, type ObjectsOptions } from './week-objects.ts';
import type { V1Deployment } from '@kubernetes/client-node';
import type { Week } from '../../domain/calendar/week.ts';
import type { KeyStore, StoredKey } from '../../ports/key-store.ts';
import type { PublishCall } from '../../ports/publisher.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';

export interface WeekKeysOptions extends ObjectsOptions {
  readonly releaseStore: Pick<ReleaseStore, 'listWeeks'>;
  readonly keyStore: Pick<KeyStore, 'listKeys'>;
  /** How long pods that are ready may take to see what the store says, and the cluster to route to them. */
  readonly patience: Patience;
  readonly now: () => number;
}

type OpeningCall = PublishCall & { readonly opening?: string };

/** Keys that open the week now, and those of the week before it: they open `current` for a grace, which the endpoint itself ends. */
export async function keysOf({ releaseStore, keyStore, now }: WeekKeysOptions, { property, week }: WeekOf): Promise<StoredKey[]> {
  const [weeks, keys] = [await releaseStore.listWeeks(property), await keyStore.listKeys(property)];
  const before = weeks.filter((other) => other.service !== null && other.week < week).map((other) => other.week).sort().at(-1);
  return keys.filter((key) => (key.week === week || key.week === before) && isUsable(key, now()));
}

/**
 * The week whose keys changed first, then every other that has pods and other keys than these know: a key of one week opens
 * `current` of the next. A week whose pods do not come up keeps no other from being brought there; all are named at the end.
 */
export async function refreshKeys(options: WeekKeysOptions, changed: WeekOf, call?: OpeningCall): Promise<void> {
  const { property, week } = changed;
  if (call?.opening !== undefined) return openWeek(options, changed, call);
  const others = (await options.releaseStore.listWeeks(property)).map((other) => other.week).filter((other) => other !== week);
  const failed: { week: Week; error: unknown }[] = [];
  for (const each of [week, ...others]) {
    try {
      await bringKeys(options, { property, week: each }, { evenIfKnown: each === week }, call);
    } catch (error) {
      call?.signal?.throwIfAborted();
      failed.push({ week: each, error });
    }
  }
  if (failed.length > 0) throw failureOf(property, failed);
}

async function openWeek(options: WeekKeysOptions, week: WeekOf, call: OpeningCall): Promise<void> {
  const url = await bringKeys(options, week, { evenIfKnown: true }, call);
  if (url !== null) await lookUntil({ what: 'take the new key', url, headers: { authorization: `Bearer ${call.opening}` }, isReached: ({ status }) => status !== 0 && status !== 401, patience: options.patience, call });
}

/** Where the week answers, if it had to be brought there; null where it has no pods, or these know the keys. */
async function bringKeys(options: WeekKeysOptions, week: WeekOf, { evenIfKnown }: { evenIfKnown: boolean }, call?: PublishCall): Promise<string | null> {
  const live = await options.cluster.read<V1Deployment>(typeOf('Deployment'), weekName(week));
  if (live === null) return null;
  const keys = await keysOf(options, week);
  return !evenIfKnown && knows(live, secret(options.settings, week, keys).metadata.name) ? null : applyWeek(options, week, keys, call);
}

/** A Secret is named by its content. That its pods are there is not enough: a rollout may have been left half way. */
function knows(live: V1Deployment, wanted: string): boolean {
  return hasComeUp(live) && (live.spec?.template.spec?.volumes ?? []).some(({ secret: mounted }) => mounted?.secretName === wanted);
}

function failureOf(property: string, failed: readonly { week: Week; error: unknown }[]): Failure {
  const failures = failed.map(({ error }) => error).filter((error) => error instanceof Failure);
  const said = failed.map(({ week, error }) => `${week}: ${error instanceof Error ? error.message : String(error)}`).join('; ');
  const isFinal = failures.length === failed.length && failures.every((failure) => failure.isFinal);
  return new Failure(failures[0]?.code ?? 'rollout-failed', `the keys of ${property} have not reached ${failed.map(({ week }) => week).join(', ')}; every other week has them. ${said}`, { isFinal, cause: failed[0]?.error });
}
