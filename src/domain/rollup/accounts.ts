import type { Day } from '../calendar/day.ts';

/** What is known of a member from a day on, until a later entry of the same member. */
export interface Account {
  readonly member: string;
  readonly from: Day;
  readonly language: string;
  readonly game: string;
}

/** What is known of a game from a day on. */
export interface Game {
  readonly game: string;
  readonly from: Day;
  readonly genre: string;
  readonly console: string;
}

export const CATEGORIES = ['game', 'genre', 'console', 'language'] as const;
export type Category = (typeof CATEGORIES)[number];

/** The value of what nothing is known of. */
export const unknown = 'unknown';

/** Where each member counts on a day, in every category: by the newest entries of that day or before. */
export function categoriesOn(day: Day, accounts: readonly Account[], games: readonly Game[]): (member: string) => Readonly<Record<Category, string>> {
  const accountOf = newest(day, accounts, ({ member }) => member);
  const gameOf = newest(day, games, ({ game }) => game);
  return (member) => {
    const account = accountOf.get(member);
    const game = account && gameOf.get(account.game);
    return { game: account?.game ?? unknown, genre: game?.genre ?? unknown, console: game?.console ?? unknown, language: account?.language ?? unknown };
  };
}

function newest<Entry extends { readonly from: Day }>(day: Day, entries: readonly Entry[], keyOf: (entry: Entry) => string): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const entry of entries) {
    if (entry.from > day) continue;
    const key = keyOf(entry);
    const so = found.get(key);
    if (!so || so.from <= entry.from) found.set(key, entry);
  }
  return found;
}
