import { setTimeout as sleep } from 'node:timers/promises';
import { forecastDay, type FoundDay, type ForecastDay } from '../../domain/activity/backfill-forecast.ts';
import { Failure } from '../../domain/failure.ts';
import { inWaves } from '../../../workflows/waves.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { ActivitySource } from '../../ports/activity-source.ts';
import type { ActivityStore, DayStatus } from '../../ports/activity-store.ts';

/** Each is a few small requests, or one file that is hashed. */
const LOOKS_AT_ONCE = 6;
const MOST_TRIES = 4;
const LONGEST_PAUSE_MS = 10_000;

interface Forecast {
  readonly property: string;
  readonly days: readonly Day[];
  readonly source: ActivitySource;
  readonly activityStore: ActivityStore;
  readonly signal: AbortSignal;
  onProgress(done: number): void;
}

/** What a run over these days would find and read, in their order. Looks at the source of each; reads no rows, pays nothing and writes nothing. */
export async function forecastDays({ days, signal, onProgress, ...world }: Forecast): Promise<ForecastDay[]> {
  const [from, to] = [days.toSorted()[0], days.toSorted().at(-1)];
  if (from === undefined || to === undefined) return [];
  const known = new Map((await world.activityStore.readDays(world.property, from, to)).map((status) => [status.day, status]));
  let done = 0;
  return inWaves(days, LOOKS_AT_ONCE, async (day) => {
    const status = known.get(day);
    const found = await patiently(signal, () => find(day, status, { ...world, signal }));
    onProgress((done += 1));
    return forecastDay(day, status?.state ?? null, found);
  });
}

async function find(day: Day, status: DayStatus | undefined, { property, source, activityStore, signal }: Pick<Forecast, 'property' | 'source' | 'activityStore' | 'signal'>): Promise<FoundDay> {
  const look = await source.look(day, { known: status?.sourceVersion ?? undefined, signal });
  if (look.state !== 'present') return look;
  const { sourceVersion, records, bytes } = look;
  const manifest = status && (await activityStore.readManifest({ property, day, generation: status.generation }));
  const isKnown = manifest?.sourceVersion === sourceVersion && manifest.mappingHash === source.mappingHash;
  const price = isKnown ? undefined : await source.priceOf?.(day, { sourceVersion, signal });
  return { state: 'present', isKnown, records, bytes, bytesBilled: price?.bytesBilled ?? 0, refusal: price?.refusal ?? null };
}

/** Nobody else tries again here: a source that is busy for a moment is asked again, at most three times. */
async function patiently<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure) || error.isFinal || tries === MOST_TRIES) throw error;
      await sleep(Math.min(LONGEST_PAUSE_MS, error.retryAfterMs ?? 500 * 2 ** tries), undefined, { signal });
    }
  }
}
