import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/activity';
import { createActivities, type Activities } from '../../activities/index.ts';
import { inWaves, shardRanges } from '../../workflows/waves.ts';
import { inStep } from '../in-step.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { Week } from '../../src/domain/calendar/week.ts';
import type { Extracted } from '../../src/domain/release/results.ts';

/**
 * The steps of a day and of the extract stage, in the order of their sequences but without a server between them, so that
 * a year of days is in within a minute. What the server gives a step is here: another try, a signal and somewhere to beat.
 */
export function goldenSteps(plugs: Plugs) {
  const steps = retried(createActivities(plugs));
  return {
    /** As `workflows/ingest.ts` takes one day in, several at once. */
    takeIn: (property: string, days: readonly Day[], atOnce: number): Promise<DayOutcome[]> => inStep(() => inWaves(days, atOnce, async (day) => {
      const look = await steps.lookAtDay({ property, day });
      if (look.found === 'unchanged') return look.outcome;
      if (look.found === 'nothing') return steps.markDay({ property, day, state: look.state, reason: look.reason });
      const { sourceVersion, mappingHash } = look;
      const { generation } = await steps.claimDay({ property, day, sourceVersion, mappingHash });
      const loaded = await steps.loadDay({ property, day, generation, sourceVersion });
      if (loaded.end !== 'loaded') throw new Error(`${day} was not loaded: ${JSON.stringify(loaded)}`);
      const outcome = await steps.sealDay({ property, day, generation, look, loaded });
      if (!outcome) throw new Error(`${day} was not sealed`);
      return outcome;
    })),
    /** As `workflows/backfill.ts` ends the days of a range. */
    judgeAgain: (property: string, from: Day, to: Day): ReturnType<Activities['judgeDaysAgain']> => inStep(() => steps.judgeDaysAgain({ property, from, to })),
    /** As `workflows/revision.ts` builds the extract stage. */
    extract: (property: string, week: Week): Promise<Extracted> => inStep(async () => {
      const key = { property, week, revision: 1 };
      const { dayMap, shardCount } = await steps.pinDays(key);
      const { inputHash, atOnce } = await steps.planExtract({ ...key, dayMap, isForced: false });
      await steps.ensureWeekTable({ week });
      const counts = await inWaves(shardRanges(shardCount), atOnce, (shards) => steps.extractShards({ ...key, dayMap, shards, population: null }));
      return steps.finishExtract({ ...key, inputHash, dayMap, counts, shardCount });
    }),
  };
}

const MOST_TRIES = 20;

/** A store that is overloaded for a moment is asked again, as the server would. */
function retried(steps: Activities): Activities {
  const wrap = (step: (input: never) => Promise<unknown>) => async (input: never): Promise<unknown> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await step(input);
      } catch (error) {
        if (!(error instanceof ApplicationFailure) || error.nonRetryable || attempt === MOST_TRIES) throw error;
        await sleep(500);
      }
    }
  };
  return Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, wrap(step)])) as Activities;
}
