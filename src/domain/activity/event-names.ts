/** How often each event name occurred among the events of a day that have a person. Bounded: see `keepNames`. */
export interface EventNames {
  /** Most frequent first, equal counts by name. */
  readonly counts: readonly (readonly [name: string, events: number])[];
  /** Events whose names are not listed. */
  readonly others: number;
}

/** Distinct names that are told apart while events are read; a property has a few dozen, a free text has any number. */
export const mostNamesCounted = 1000;
const mostNamesKept = 200;
const longestName = 100;

/** Counts names one by one, in memory bounded by `mostNamesCounted`; the same names in the same order give the same counts. */
export function nameCounter(): { add(name: string): void; result(): EventNames } {
  const counts = new Map<string, number>();
  let others = 0;
  return {
    add(name) {
      const kept = name.length > longestName ? name.slice(0, longestName) : name;
      const known = counts.get(kept);
      if (known !== undefined || counts.size < mostNamesCounted) counts.set(kept, (known ?? 0) + 1);
      else others += 1;
    },
    result: () => ({ counts: ordered(counts), others }),
  };
}

/** The counts of several parts of a day together. */
export function sumNames(parts: readonly EventNames[]): EventNames {
  const counts = new Map<string, number>();
  for (const part of parts) for (const [name, events] of part.counts) counts.set(name, (counts.get(name) ?? 0) + events);
  return { counts: ordered(counts), others: parts.reduce((sum, part) => sum + part.others, 0) };
}

/** What a manifest keeps: the 200 most frequent names, and every name of `always` that occurred. */
export function keepNames({ counts, others }: EventNames, always: readonly string[] = []): EventNames {
  const wanted = new Set(always);
  const kept = counts.filter(([name], rank) => rank < mostNamesKept || wanted.has(name));
  return { counts: kept, others: others + total(counts) - total(kept) };
}

/** All events that were counted. */
export function eventsOf({ counts, others }: EventNames): number {
  return total(counts) + others;
}

export function countOf({ counts }: EventNames, name: string): number {
  return counts.find(([known]) => known === name)?.[1] ?? 0;
}

/** The name's share of all events of several days, of 1; 0 where there are none. */
export function shareOf(name: string, days: readonly EventNames[]): number {
  const all = days.reduce((sum, names) => sum + eventsOf(names), 0);
  return all === 0 ? 0 : days.reduce((sum, names) => sum + countOf(names, name), 0) / all;
}

/** Fewer usual events than this are all away by chance on one day in 3,000 or oftener: e⁻⁸. */
const seldom = 8;

/** May a name that usually has this share be away from so many events by chance? */
export function isAwayByChance(share: number, events: number): boolean {
  return share * events < seldom;
}

function total(counts: EventNames['counts']): number {
  return counts.reduce((sum, [, events]) => sum + events, 0);
}

function ordered(counts: ReadonlyMap<string, number>): EventNames['counts'] {
  return [...counts].sort(([a, many], [b, few]) => few - many || (a < b ? -1 : 1));
}
