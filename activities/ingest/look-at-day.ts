import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { isSettled, type DayState } from '../../src/domain/activity/manifest.ts';
import { isSameJudgement } from '../../src/domain/check.ts';
import { formatInstant } from '../../src/domain/calendar/day.ts';
import { expectationOf, type PropertyCalendar } from '../../src/domain/calendar/property-calendar.ts';
import { outcomeOf, type DayOutcome } from './day-outcome.ts';
import { verdictOnDay } from './verdict-on-day.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';
import type { SourceLook } from '../../src/ports/activity-source.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

export type DayLook =
  /** What is known already is right: nothing is written. */
  | { readonly found: 'unchanged'; readonly outcome: DayOutcome }
  /** There is nothing to read, and that has to be said. */
  | { readonly found: 'nothing'; readonly state: DayState; readonly reason: string }
  | {
      readonly found: 'rows';
      readonly sourceVersion: string;
      readonly mappingHash: string;
      readonly bytes: number;
      readonly finality: 'final' | 'provisional';
      /** The generation that was current during this look: only over this one may the pointer be moved. */
      readonly seen: number;
      /** The source has a second opinion of its days: a final one is compared with it. Absent where there is none. */
      readonly reconciles?: true;
    };

type Present = Extract<SourceLook, { state: 'present' }>;

/** What has to be done for a day: compares calendar, source and store, and writes nothing but the property itself. */
export const lookAtDay = (plugs: IngestPlugs) =>
  async ({ property, day }: { property: string; day: Day }): Promise<DayLook> => {
    const { activityStore, settingsOf, sourceOf } = plugs;
    const settings = settingsOf(property);
    const calendar = { ...settings.calendar, timeZone: settings.timeZone };
    await activityStore.registerProperty({ property, shardCount: settings.shards, calendar });
    const [status] = await activityStore.readDays(property, day, day);
    const nothing = (state: DayState, reason: string): DayLook =>
      status?.state === state && status.reason === reason ? { found: 'unchanged', outcome: outcomeOf(property, status) } : { found: 'nothing', state, reason };

    const expectation = expectationOf(day, calendar);
    if (expectation !== 'open') return nothing('closed', expectation === 'closed' ? 'the calendar says so' : lifeOf(calendar));
    const source = sourceOf(property);
    const look = await source.look(day, { known: status?.sourceVersion ?? undefined, signal: cancellationSignal(), onProgress: () => heartbeat() });
    switch (look.state) {
      case 'missing':
        // A source may put read files away: what was settled stays settled.
        if (status && isSettled(status.state)) return { found: 'unchanged', outcome: outcomeOf(property, status) };
        if (look.dueByUs !== undefined) return nothing('not-due', `${look.expected} is due by ${formatInstant(look.dueByUs)}`);
        return nothing('missing', `${look.expected} is missing (expected every open day from ${calendar.firstDay})`);
      case 'unreadable':
        return nothing('bad-rows', look.sentence);
      case 'present':
        if (status && (await isUnchanged(plugs, property, status, look, source.mappingHash))) return { found: 'unchanged', outcome: outcomeOf(property, status) };
        return { found: 'rows', sourceVersion: look.sourceVersion, mappingHash: source.mappingHash, bytes: look.bytes, finality: look.finality, seen: status?.generation ?? 0, ...(source.reportedFigures ? { reconciles: true } : {}) };
    }
  };

/** The same content, understood the same way, and judged the same: settings and the days before may have changed since. */
async function isUnchanged(plugs: IngestPlugs, property: string, status: DayStatus, look: Present, mappingHash: string): Promise<boolean> {
  const manifest = await plugs.activityStore.readManifest({ property, day: status.day, generation: status.generation });
  if (manifest?.sourceVersion !== look.sourceVersion || manifest.mappingHash !== mappingHash) return false;
  if (status.state === 'waived' || status.state === 'final') return true;
  const verdict = await verdictOnDay(plugs, { property, day: status.day, counts: manifest, mappingHash, finality: look.finality });
  return verdict.state === status.state && verdict.reason === status.reason && isSameJudgement(verdict.checks, status.checks);
}

function lifeOf({ firstDay, lastDay }: PropertyCalendar): string {
  return `the property lives from ${firstDay}${lastDay === undefined ? '' : ` to ${lastDay}`}`;
}
