import { addDays, weekdayOf, type Day } from '../calendar/day.ts';
import { cutDayOf, weekOf, type Week } from '../calendar/week.ts';
import type { ChurnRule } from './rule.ts';

/** What the rule needs of a property. */
export interface Beginning {
  readonly calendar: { readonly firstDay: Day };
  readonly churn: Pick<ChurnRule, 'horizonDays' | 'minimumHistoryDays' | 'trainOn'>;
}

/**
 * The first week that can have rows to train on: somebody who came on the property's first day was seen for M days before a
 * cut, and the H days after that cut have passed. Pooled rows are cut on Mondays only. Earlier weeks have nothing to learn from.
 */
export function firstWeekOf({ calendar, churn }: Beginning): Week {
  // The day after M days: whoever came on the first day came later than its first instant.
  const seen = addDays(calendar.firstDay, churn.minimumHistoryDays + 1);
  const cut = churn.trainOn === 'pooled-snapshots' ? mondayFrom(seen) : seen;
  return weekOf(addDays(mondayFrom(addDays(cut, churn.horizonDays)), -1));
}

/** Is the property too young for this week? */
export function isTooYoung(week: Week, property: Beginning): boolean {
  return week < firstWeekOf(property);
}

/** `2025-W13, on 2025-03-31`: the first week, and the day on which it is over. */
export function firstWeekText(property: Beginning): string {
  const week = firstWeekOf(property);
  return `${week}, on ${cutDayOf(week)}`;
}

/** Why a week cannot be built, and which can. */
export function tooYoungSentence(name: string, week: Week, property: Beginning): string {
  const { horizonDays, minimumHistoryDays } = property.churn;
  return `week ${week} cannot have a model: ${name} begins on ${property.calendar.firstDay}, and by ${cutDayOf(week)} nobody was seen for ${minimumHistoryDays} days and then for the ${horizonDays} of the horizon. `
    + `The first week that can be built is ${firstWeekText(property)}`;
}

/** Of these weeks those that can be built, in the same order; and a sentence about the others, null when there are none. */
export function withoutTooYoung(name: string, weeks: readonly Week[], property: Beginning): { weeks: readonly Week[]; leftOut: string | null } {
  const old = weeks.filter((week) => !isTooYoung(week, property));
  const count = weeks.length - old.length;
  if (count === 0) return { weeks, leftOut: null };
  return { weeks: old, leftOut: `${count === 1 ? '1 week is' : `${count} weeks are`} left out: ${name} is too young for ${count === 1 ? 'it' : 'them'}. The first week that can be built is ${firstWeekText(property)}` };
}

/** The day, or the first Monday after it. */
function mondayFrom(day: Day): Day {
  return addDays(day, (8 - weekdayOf(day)) % 7);
}
