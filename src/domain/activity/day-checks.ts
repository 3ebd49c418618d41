import { levelAbove, percent, verdictOf, type CheckLimits, type CheckVerdict } from '../check.ts';
import { countOf, eventsOf, isAwayByChance, shareOf, type EventNames } from './event-names.ts';
import type { DayCounts } from './verdict.ts';

/**
 * `unknown-people`: the share of a day's records that name nobody, or of the events that they stand for: a report has all
 * that unknown people did under one name in one row. Silent for fewer than `leastRecords`.
 */
export function unknownPeople({ rows, anonymous, sourceEvents }: Pick<DayCounts, 'rows' | 'anonymous' | 'sourceEvents'>, limits: CheckLimits, leastRecords: number): CheckVerdict {
  const { known, anonymous: unknown } = sourceEvents ?? { known: rows, anonymous };
  const all = known + unknown;
  const share = all === 0 ? 0 : unknown / all;
  const level = all < leastRecords ? 'ok' : levelAbove(share, limits);
  return verdictOf('unknown-people', level, limits, (limit) => `${unknown} of ${all} ${sourceEvents ? 'events' : 'records'} name no person (${percent(share)}; limit ${percent(limit)})`);
}

/**
 * `missing-events`: the share of the expected event names that do not occur. A name that the recent past knows to be so rare
 * that a day of this size may lack it is not missing.
 */
export function missingEvents(names: EventNames, past: readonly EventNames[], expected: readonly string[], limits: CheckLimits): CheckVerdict {
  const events = eventsOf(names);
  const isExcused = (usual: number): boolean => usual > 0 && isAwayByChance(usual, events);
  const missing = expected.filter((name) => countOf(names, name) === 0 && !isExcused(shareOf(name, past)));
  const share = expected.length === 0 ? 0 : missing.length / expected.length;
  return verdictOf('missing-events', levelAbove(share, limits), limits, () => `no event is named ${missing.map((name) => `"${name}"`).join(', ')}; the day has ${listed(names)}`);
}

const SHOWN = 5;

function listed({ counts }: EventNames): string {
  if (counts.length === 0) return 'no event of a person';
  return `${counts.slice(0, SHOWN).map(([name, events]) => `"${name}" (${events})`).join(', ')}${counts.length > SHOWN ? ', …' : ''}`;
}
