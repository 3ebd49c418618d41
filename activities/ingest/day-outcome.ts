import { daySentence } from '../../src/domain/activity/day-sentence.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { Day } from '../../src/domain/calendar/day.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';

/** How one look at a day ended. Counts and keys only. */
export interface DayOutcome {
  readonly property: string;
  readonly day: Day;
  readonly state: DayState;
  readonly generation: number;
  readonly rows: number;
  readonly people: number;
  readonly anonymous: number;
  readonly quarantined: number;
  readonly reason: string | null;
  readonly sentence: string;
}

export function outcomeOf(property: string, { day, state, generation, rows, people, anonymous, quarantined, reason }: Omit<DayStatus, 'sourceVersion' | 'knownAtUs'>): DayOutcome {
  const end = { property, day, state, rows, anonymous, quarantined, reason };
  return { ...end, generation, people, sentence: daySentence(end) };
}
