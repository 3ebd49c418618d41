import { addDays, daysFromTo, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import type { Ga4Row } from './ga4-schema.ts';

/** What happened to each person of an invented property before a day, from its rows alone. */
export interface KnownPerson {
  readonly kind: 1 | 2 | 3 | 4;
  readonly lastUs: number;
}

export interface TruthOptions {
  readonly timeZone: string;
  readonly firstDay: Day;
  /** T: the first day that is not looked at. */
  readonly cutDay: Day;
  readonly horizonDays: number;
  readonly minimumHistoryDays: number;
  readonly minimumEvents: number;
  /** The rows of a day as they are, or were. */
  rowsOf(day: Day): readonly Ga4Row[];
}

/** Everybody who was seen before T, with their kind: the four sentences of the rule, on rows as they stand in the tables. */
export function knownPeople({ timeZone, firstDay, cutDay, horizonDays, minimumHistoryDays, minimumEvents, rowsOf }: TruthOptions): Map<string, KnownPerson> {
  const lives = new Map<string, number[]>();
  for (const day of daysFromTo(firstDay, addDays(cutDay, -1))) {
    for (const { user_pseudo_id: user, event_timestamp: timeUs } of rowsOf(day)) {
      if (user === null) continue;
      lives.set(String(user), [...(lives.get(String(user)) ?? []), Number(timeUs)]);
    }
  }
  const before = (days: number): number => startOfDay(addDays(cutDay, -days), timeZone);
  return new Map([...lives].map(([user, times]) => {
    const [firstUs, lastUs] = [Math.min(...times), Math.max(...times)];
    const isVeteran = firstUs <= before(horizonDays + minimumHistoryDays);
    const isRecent = firstUs <= before(minimumHistoryDays) && times.length >= minimumEvents;
    const kind = isVeteran ? (lastUs < before(horizonDays) ? 1 : 2) : isRecent ? 3 : 4;
    return [user, { kind, lastUs }];
  }));
}

/** How many people there are of each kind. */
export function kindsOf(people: ReadonlyMap<string, KnownPerson>): number[] {
  return [1, 2, 3, 4].map((kind) => [...people.values()].filter((person) => person.kind === kind).length);
}
