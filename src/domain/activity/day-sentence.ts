import type { Day } from '../calendar/day.ts';
import { warned, type CheckVerdict } from '../check.ts';
import type { DayState, SourceEvents } from './manifest.ts';

export interface DayEnd {
  readonly property: string;
  readonly day: Day;
  readonly state: DayState;
  readonly rows: number;
  readonly anonymous: number;
  readonly quarantined: number;
  readonly sourceEvents?: SourceEvents;
  readonly reason: string | null;
  readonly checks?: readonly CheckVerdict[];
}

/** How a look at a day ended, in one line: what, where, what was expected, and what to do. */
export function daySentence({ property, day, state, rows, anonymous, quarantined, sourceEvents, reason, checks = [] }: DayEnd): string {
  const taken = sourceEvents ? `${rows} rows for ${sourceEvents.known} events` : `${rows} events`;
  const unknown = sourceEvents ? `${sourceEvents.anonymous} events` : String(anonymous);
  const counts = `${taken}${anonymous > 0 ? `, ${unknown} without a person` : ''}${quarantined > 0 ? `, ${quarantined} in quarantine` : ''}`;
  const warnings = warned(checks).map(({ check, sentence }) => `; warning ${check}: ${sentence}`).join('');
  const waive = `npx almanac source waive ${property} ${day} --reason "…"`;
  switch (state) {
    case 'final':
      return `day ${day} of ${property} is final: ${counts}${warnings}`;
    case 'provisional':
      return `day ${day} of ${property} is provisional: ${counts}; it is looked at again until the source has settled${warnings}`;
    case 'closed':
      return `day ${day} of ${property} is closed: ${reason ?? 'nothing is expected'}`;
    case 'waived':
      return `day ${day} of ${property} was waived: ${reason ?? 'no reason given'}; ${counts}`;
    case 'not-due':
      return `day ${day} of ${property} is not there yet: ${reason ?? 'its source may still bring it'}. It is looked at again by itself`;
    case 'missing':
      return `day ${day} of ${property} failed: ${reason ?? 'its source is missing'}. Put it there, or: ${waive}`;
    case 'empty':
    case 'low-volume':
    case 'bad-rows':
    case 'unknown-people':
    case 'missing-events':
    case 'renamed-event':
      return `day ${day} of ${property} failed (${state}): ${reason ?? counts}. Correct the source, or: ${waive}`;
  }
}
