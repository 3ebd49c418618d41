import { daySentence } from '../../src/domain/activity/day-sentence.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';

/** How one look at a day ended, as the store has it. Counts and keys only. */
export interface DayOutcome extends Omit<DayStatus, 'sourceVersion' | 'knownAtUs'> {
  readonly property: string;
  readonly sentence: string;
}

export function outcomeOf(property: string, { day, state, generation, rows, people, anonymous, quarantined, reason }: Omit<DayStatus, 'sourceVersion' | 'knownAtUs'>): DayOutcome {
  const end = { property, day, state, rows, anonymous, quarantined, reason };
  return { ...end, generation, people, sentence: daySentence(end) };
}
