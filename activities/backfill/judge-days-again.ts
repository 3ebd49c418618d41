import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { isHeldByCheck, judgeAgain, judgedAlong, stateUnder, type ChangedVerdict, type JudgedDay } from '../../src/domain/activity/judge-again.ts';
import { isSettled, type DayGeneration, type DayManifest } from '../../src/domain/activity/manifest.ts';
import { volumeLookBackDays } from '../../src/domain/activity/verdict.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import { announceDay } from '../ingest/announce-day.ts';
import { outcomeOf } from '../ingest/day-outcome.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';
import type { Plugs } from '../plugs.ts';

type Needs = Pick<Plugs, 'activityStore' | 'settingsOf' | 'sourceOf' | 'artifacts' | 'releaseStore' | 'sequences' | 'reconciliations'>;

const SHOWN = 50;
/** Days handed on to be compared, each of them a child of the backfill: some years of days that were all held. */
const MOST_FREED = 1000;
/** By how much the store's clock may be behind the server's. */
const CLOCKS_APART_MS = 60_000;

interface HeldDay { readonly day: Day; readonly state: string; readonly sentence: string }

export interface JudgedDays {
  /** Days of the range that a check holds, the first 50, and how many there are. */
  readonly held: readonly HeldDay[];
  readonly heldDays: number;
  /** Days after the range that a check holds since the range is in their past, the first 50. */
  readonly later: readonly HeldDay[];
  /** Days that are final only since this step, oldest first; none where the source has no second opinion that they could be compared with. */
  readonly freed: readonly DayGeneration[];
}

/**
 * The days of a range, judged again now that all of them are in: the verdicts are those of days that come in oldest first.
 * So are the days after it that are measured against it. Writes a day's pointer alone, and only over the verdict that was
 * judged again.
 */
export const judgeDaysAgain = (plugs: Needs) =>
  async ({ property, from, to }: { property: string; from: Day; to: Day }): Promise<JudgedDays> => {
    const { activityStore, settingsOf } = plugs;
    const { checks } = settingsOf(property);
    const { readFrom, until } = judgedAlong({ from, to });
    const newlyHeld = new Set<Day>();
    let standing: JudgedDay[] = [];
    for (const status of await activityStore.readDays(property, readFrom, until)) {
      heartbeat();
      const was = status.state;
      const manifest = status.generation > 0 ? await activityStore.readManifest({ property, day: status.day, generation: status.generation }) : null;
      const known = { ...status, eventNames: manifest?.eventNames ?? null, mappingHash: manifest?.mappingHash ?? null };
      const change = status.day < from ? null : judgeAgain(known, standing, checks);
      const now = change && manifest ? await write(plugs, { change, status, manifest }) : status;
      if (isHeldByCheck(now.state) && now.state !== was) newlyHeld.add(status.day);
      standing = [...standing, { ...known, state: now.state }].slice(-volumeLookBackDays);
    }
    const judged = await activityStore.readDays(property, from, until);
    const held = judged.filter(({ state }) => isHeldByCheck(state));
    const shown = (days: readonly DayStatus[]): HeldDay[] => days.slice(0, SHOWN).map((status) => ({ day: status.day, state: status.state, sentence: outcomeOf(property, status).sentence }));
    const inRange = held.filter(({ day }) => day <= to);
    return { held: shown(inRange), heldDays: inRange.length, later: shown(held.filter(({ day }) => day > to && newlyHeld.has(day))), freed: await freedOf(plugs, property, judged) };
  };

/**
 * Final days without a comparison whose verdict was written since the step was first scheduled: asked of the store, because
 * an attempt that ended in the middle leaves days that the next one finds final. One that an ingest is having compared may be
 * among them; the comparison's id keeps it single.
 */
async function freedOf({ sourceOf, reconciliations }: Needs, property: string, judged: readonly DayStatus[]): Promise<DayGeneration[]> {
  if (!sourceOf(property).reportedFigures) return [];
  const sinceUs = (activityInfo().scheduledTimestampMs - CLOCKS_APART_MS) * 1000;
  const final = judged.filter(({ state, generation, knownAtUs }) => state === 'final' && generation > 0 && knownAtUs >= sinceUs);
  const [first, last] = [final[0], final.at(-1)];
  if (!first || !last) return [];
  const compared = new Set((await reconciliations.list(property, first.day, last.day)).map(({ day, generation }) => `${day}/${generation}`));
  return final.filter(({ day, generation }) => !compared.has(`${day}/${generation}`)).slice(0, MOST_FREED).map(({ day, generation }) => ({ day, generation }));
}

/** Writes a verdict over the one that was judged again, and answers with the day as it is then. */
async function write(plugs: Needs, { change, status, manifest }: { change: ChangedVerdict; status: DayStatus; manifest: DayManifest }): Promise<Pick<DayStatus, 'state'>> {
  const { property, day, generation } = manifest;
  const finality = change.state === 'final' ? await finalityOf(plugs, status, manifest) : 'final';
  if (finality === null) return status;
  const { was, reason, checks } = change;
  const state = stateUnder(change.state, finality);
  if (!(await plugs.activityStore.moveCurrent({ property, day, generation, expected: generation, was, state, reason, checks }))) {
    // A person or another look was faster, and knows better.
    return (await plugs.activityStore.readDays(property, day, day))[0] ?? status;
  }
  if (isSettled(state) && state !== was) await announceDay(plugs)({ property, day });
  return { state };
}

/**
 * May its source still change the version that is read? The day says it, or its manifest; where both name a fault the source
 * is asked. Null where that has another version by now: the next look knows better.
 */
async function finalityOf({ sourceOf }: Needs, status: DayStatus, manifest: DayManifest): Promise<'final' | 'provisional' | null> {
  for (const { state } of [status, manifest]) if (state === 'final' || state === 'provisional') return state;
  const source = sourceOf(manifest.property);
  const look = await source.look(manifest.day, { known: manifest.sourceVersion, signal: cancellationSignal(), onProgress: () => heartbeat() });
  return look.state === 'present' && look.sourceVersion === manifest.sourceVersion && source.mappingHash === manifest.mappingHash ? look.finality : null;
}
