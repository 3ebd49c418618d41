import { heartbeat } from '@temporalio/activity';
import { judgeAgain } from '../../src/domain/activity/judge-again.ts';
import { isSettled } from '../../src/domain/activity/manifest.ts';
import { volumeLookBackDays } from '../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';
import { announceDay } from '../ingest/announce-day.ts';
import { outcomeOf } from '../ingest/day-outcome.ts';
import type { Plugs } from '../plugs.ts';

type Needs = Pick<Plugs, 'activityStore' | 'settingsOf' | 'artifacts' | 'releaseStore' | 'sequences'>;

const SHOWN = 50;

/**
 * The volume of the days of a range, judged again now that all of them are in: the verdicts are those of days that come
 * in oldest first. Writes a day's pointer alone, and only over the verdict that was judged again. Answers with the days that are low, the first 50.
 */
export const judgeDaysAgain = (plugs: Needs) =>
  async ({ property, from, to }: { property: string; from: Day; to: Day }): Promise<{ lowVolume: readonly { day: Day; state: string; sentence: string }[] }> => {
    const { activityStore, settingsOf } = plugs;
    const known = await activityStore.readDays(property, addDays(from, -volumeLookBackDays), to);
    const generations = new Map(known.map(({ day, generation }) => [day, generation]));
    for (const { day, was, state, reason } of judgeAgain(known, from, settingsOf(property).checks)) {
      heartbeat();
      const key = { property, day, generation: generations.get(day) ?? 0 };
      // A version that its source may still change is no more final than before.
      const isProvisional = state === 'final' && (await activityStore.readManifest(key))?.state === 'provisional';
      const wanted = isProvisional ? 'provisional' : state;
      // False: a person or another look was faster, and knows better.
      if (!(await activityStore.moveCurrent({ ...key, expected: key.generation, was, state: wanted, reason }))) continue;
      if (isSettled(wanted)) await announceDay(plugs)({ property, day });
    }
    const low = (await activityStore.readDays(property, from, to)).filter(({ state }) => state === 'low-volume').slice(0, SHOWN);
    return { lowVolume: low.map((status) => ({ day: status.day, state: status.state, sentence: outcomeOf(property, status).sentence })) };
  };
