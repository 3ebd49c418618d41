import { daySentence } from '../../src/domain/activity/day-sentence.ts';
import type { CheckVerdict } from '../../src/domain/check.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';

/** How one look at a day ended, as the store has it. Counts and keys only. */
export interface DayOutcome extends Omit<DayStatus, 'sourceVersion' | 'knownAtUs' | 'checks'> {
  readonly property: string;
  readonly sentence: string;
  /** Set on a provisional day that weeks of its property may be built from. */
  readonly isAwaited?: true;
}

export function outcomeOf(property: string, { day, state, generation, rows, people, anonymous, quarantined, sourceEvents, reason, checks }: Omit<DayStatus, 'sourceVersion' | 'knownAtUs' | 'checks'> & { checks?: readonly CheckVerdict[] }): DayOutcome {
  const end = { property, day, state, rows, anonymous, quarantined, ...(sourceEvents ? { sourceEvents } : {}), reason };
  return { ...end, generation, people, sentence: daySentence({ ...end, checks }) };
}
