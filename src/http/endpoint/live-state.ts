import { setTimeout as sleep } from 'node:timers/promises';
import { viewProperty, type PropertyView, type Snapshot } from './snapshot.ts';
import type { KeyStore } from '../../ports/key-store.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';

export interface LiveStateOptions {
  readonly releaseStore: Pick<ReleaseStore, 'listProperties' | 'listWeeks'>;
  readonly keyStore: Pick<KeyStore, 'listKeys'>;
  readonly pollMs: number;
  readonly graceMs: number;
  /** Called when looking starts to fail and when it works again. */
  readonly onHealth: (error: unknown) => void;
}

/** What is live now, as last seen; while the store does not answer, the last known state goes on being served. */
export interface LiveState {
  readonly snapshot: Snapshot | null;
  /** Since the last look that succeeded; infinite before the first. */
  ageMs(): number;
  stop(): Promise<void>;
}

/** Looks at the stores once, then again and again; returns after the first look, whether it succeeded or not. */
export async function followReleases(options: LiveStateOptions): Promise<LiveState> {
  const stopping = new AbortController();
  const state = { snapshot: null as Snapshot | null, seenAt: -Infinity, isFailing: false };
  const texts = new WeakMap<PropertyView, string>();

  const look = async (): Promise<void> => {
    const startedAt = performance.now();
    try {
      const properties = await options.releaseStore.listProperties();
      const views: [string, PropertyView][] = [];
      for (const property of properties) views.push([property, await lookAt(property)]);
      const isSame = views.length === state.snapshot?.size && views.every(([property, view]) => state.snapshot?.get(property) === view);
      if (!isSame) state.snapshot = new Map(views);
      state.seenAt = startedAt;
      if (state.isFailing) options.onHealth(null);
      state.isFailing = false;
    } catch (error) {
      if (!state.isFailing && !stopping.signal.aborted) options.onHealth(error);
      state.isFailing = true;
    }
  };
  const lookAt = async (property: string): Promise<PropertyView> => {
    // Keys after weeks: a key is stored before its week is staged, so no release is seen without its key.
    const weeks = await options.releaseStore.listWeeks(property);
    const keys = await options.keyStore.listKeys(property);
    const [text, held] = [JSON.stringify([weeks, keys]), state.snapshot?.get(property)];
    if (held && texts.get(held) === text) return held;
    const view = viewProperty(property, weeks, keys, options.graceMs);
    texts.set(view, text);
    return view;
  };
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Jittered, so that several endpoints do not ask in step.
      await sleep(options.pollMs * (0.8 + 0.4 * Math.random()), undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      if (!stopping.signal.aborted) await look();
    }
  };

  await look();
  const following = follow();
  return {
    get snapshot() { return state.snapshot; },
    ageMs: () => performance.now() - state.seenAt,
    async stop() {
      stopping.abort();
      await following;
    },
  };
}
