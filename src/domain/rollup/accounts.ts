import { parseDay, type Day } from '../calendar/day.ts';

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

/** The entries of a list, one JSON object a line, each with texts in all these fields and a day in `from`. RangeError names the line that is none. */
export function parseEntries<Entry extends { readonly from: Day }>(text: string, fields: readonly (keyof Entry & string)[]): Entry[] {
  return text.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const entry = objectIn(line);
    const wrong = fields.find((field) => typeof entry[field] !== 'string' || entry[field] === '');
    if (wrong !== undefined) throw new RangeError(`line ${at + 1} has no text in "${wrong}"; expected ${fields.join(', ')}`);
    parseDay(entry.from as string);
    return [Object.fromEntries(fields.map((field) => [field, entry[field]])) as unknown as Entry];
  });
}

function objectIn(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

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
