import { setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import { strokeAt } from '../src/domain/rollup/stroke.ts';
import { nominalTime } from './nominal-time.ts';
import { closeMinute, closeSpans, NOTHING_ROLLED, type RollupFigures } from './rollup-levels.ts';
import { bulk } from './steps.ts';
import { tags } from './tags.ts';

export interface RollupInput {
  readonly property: string;
  /** The schedule that strikes; what is closed is decided by the nominal time. */
  readonly what: 'minute' | 'hour' | 'day';
  /** Whose days are closed at midnight. */
  readonly timeZone: string;
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, rollup);
/**
 * One stroke of the clock of a rollup: a minute, or the minutes and the hour, or minutes, hours and the day. Each level is
 * whole before the next begins, so a minute that lags is never passed by its hour, and nothing starts after a failed step.
 */
export async function rollup({ property, what, timeZone }: RollupInput): Promise<RollupFigures> {
  upsertSearchAttributes(tags({ property, runKind: `rollup-${what}` }));
  const { closes, spans } = strokeAt(nominalTime().getTime(), timeZone);
  const [minute] = spans.minute;
  if (closes === 'minute' && minute) return closeMinute(property, minute);
  // What came late opens what is built, before anything is built upon it.
  const late = await bulk('what came late').findLate({ property });
  const figures = await closeSpans(property, spans, await closeSpans(property, late.spans, NOTHING_ROLLED));
  for (const span of [...late.days, ...spans.day]) await bulk('totals by category').aggregateDays({ property, span });
  return figures;
}
