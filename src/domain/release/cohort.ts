import { parseDay, type Day } from '../calendar/day.ts';
import { parseWeek, type Week } from '../calendar/week.ts';
import type { StoredArtifact } from './release.ts';

/** Who is in a cohort: a list (an artifact, one id a line: people do not travel in payloads) or everybody who fits a filter. */
export type CohortPeople =
  | { readonly by: 'list'; readonly list: StoredArtifact }
  | { readonly by: 'filter'; readonly filter: CohortFilter };

export interface CohortFilter {
  /** At least one event in so many days before the as-of day. */
  readonly activeWithinDays?: number;
  readonly minimumEvents?: number;
  /** At least one event of this name before the as-of day. */
  readonly did?: string;
}

/** A wish to score some people once. */
export interface CohortRequest {
  readonly property: string;
  readonly cohort: string;
  readonly people: CohortPeople;
  /** Nothing at or after the start of this day is read. */
  readonly asOf: Day;
  /** Whose model scores; the latest live week's when it is `latest`. */
  readonly week: Week | 'latest';
}

/** Checks a request that came from outside; throws RangeError with what was expected. */
export function checkCohort(request: CohortRequest): CohortRequest {
  if (!/^[a-z0-9][a-z0-9-]{0,47}$/.test(request.cohort)) throw new RangeError(`"${request.cohort}" is not a cohort's name; expected lower-case letters, digits and -`);
  parseDay(request.asOf);
  if (request.week !== 'latest') parseWeek(request.week);
  return request;
}
