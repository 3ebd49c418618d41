import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { reconcile, type DayReport, type StoredFigures } from '../../src/domain/activity/ga4/reconcile-day.ts';
import { Failure } from '../../src/domain/failure.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { DayManifest } from '../../src/domain/activity/manifest.ts';
import type { GenerationKey } from '../../src/ports/activity-store.ts';
import type { DayReconciliation } from '../../src/ports/reconciliation-store.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

export type ReconcileOutcome = Pick<DayReconciliation, 'verdict' | 'sentence'>;

const beatMs = 5000;

/**
 * Compares a generation with what the source's owner reports of the day, and keeps the comparison. A report that is
 * refused for good is kept as the reason why nothing was compared; one that comes later is waited for by the server.
 */
export const reconcileDay = (plugs: IngestPlugs) =>
  async (key: GenerationKey): Promise<ReconcileOutcome> => {
    const beat = setInterval(() => heartbeat(), beatMs);
    try {
      const compared = await compare(plugs, key);
      await plugs.reconciliations.write({ ...key, ...compared });
      return { verdict: compared.verdict, sentence: compared.sentence };
    } finally {
      clearInterval(beat);
    }
  };

/** What is kept of a day that was not compared. */
export function notCompared(day: Day, why: string) {
  return { verdict: 'not-compared' as const, comparisons: [], reported: null, marks: [], sentence: `day ${day} was not compared: ${why}` };
}

async function compare(plugs: IngestPlugs, key: GenerationKey): Promise<Omit<DayReconciliation, keyof GenerationKey>> {
  const { activityStore, settingsOf, sourceOf } = plugs;
  const manifest = await activityStore.readManifest(key);
  if (!manifest) return notCompared(key.day, `generation ${key.generation} is no longer kept`);
  const source = sourceOf(key.property);
  if (!source.reportedFigures) return notCompared(key.day, 'its source has no report any more');
  let reported: DayReport;
  try {
    reported = await source.reportedFigures(key.day, { signal: cancellationSignal() });
  } catch (error) {
    if (!(error instanceof Failure) || !error.isFinal) throw error;
    return notCompared(key.day, error.message);
  }
  const { checks } = settingsOf(key.property);
  return { ...reconcile(key.day, await storedFigures(plugs, manifest), reported, checks.reconciliation), reported: reported.figures, marks: reported.marks };
}

async function storedFigures({ activityStore, settingsOf }: IngestPlugs, { rows, people, anonymous, quarantined, ...key }: DayManifest): Promise<StoredFigures> {
  const sessions = await activityStore.countSessions(key, settingsOf(key.property).shards, { signal: cancellationSignal() });
  return { people, sessions, events: rows, uncounted: anonymous + quarantined };
}
