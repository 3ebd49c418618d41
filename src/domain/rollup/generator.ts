import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { addDays, type Day } from '../calendar/day.ts';
import type { Account, Game } from './accounts.ts';
import type { Second } from './bucket-name.ts';
import type { Reading } from './reading.ts';

/** A made-up world of members that play games and are followed on platforms. The same world gives the same readings. */
export interface World {
  readonly seed: number;
  readonly members: number;
  readonly platforms: readonly string[];
  /** First day of the accounts and games; changes come in the `days` after it. */
  readonly firstDay: Day;
  readonly days: number;
}

export const fullWorld = { members: 418, platforms: ['facebook', 'instagram', 'twitter'] } as const;

const LANGUAGES = ['de', 'en', 'es', 'fr', 'ja', 'ko', 'pt'] as const;
const GENRES = ['arcade', 'puzzle', 'racing', 'role-playing', 'shooter', 'sports'] as const;
const CONSOLES = ['handheld', 'pc', 'station', 'tower'] as const;
const GAMES = 24;
/** Of a hundred, over the days of the world. */
const MOVING_MEMBERS = 20;
const MOVING_GAMES = 15;
const MOST_FOLLOWERS = 2_000_000;

/** One reading for each member and platform at this second, in order of member and platform: any second, in any order, without those before it. */
export function readingsAt({ seed, members, platforms }: Pick<World, 'seed' | 'members' | 'platforms'>, second: Second): Reading[] {
  const noise = xoroshiro128plus(mixed(seed, second));
  return Array.from({ length: members }, (_, member) => platforms.map((platform, at) => {
    const base = mixed(mixed(seed, member), at + 1) % MOST_FOLLOWERS;
    // Grows by a thousandth a day, and trembles.
    const grown = base + Math.floor((base / 1000) * (second / 86_400 % 1000)) + uniformInt(noise, 0, 20);
    return { platform, member: memberName(member), second, value: grown };
  })).flat();
}

/** Who plays what in which language, with the days on which somebody changed. One member in fifty is not known. */
export function accountsOf({ seed, members, firstDay, days }: World): Account[] {
  const random = xoroshiro128plus(mixed(seed, -1));
  return Array.from({ length: members }, (_, at): Account[] => {
    const [language, game, moved] = [LANGUAGES[uniformInt(random, 0, LANGUAGES.length - 1)] ?? 'en', uniformInt(random, 0, GAMES - 1), uniformInt(random, 0, 99)];
    const [another, onDay] = [uniformInt(random, 0, GAMES - 1), uniformInt(random, 1, Math.max(1, days - 1))];
    if (at % 50 === 49) return [];
    const account = { member: memberName(at), from: firstDay, language, game: gameName(game) };
    return moved < MOVING_MEMBERS ? [account, { ...account, from: addDays(firstDay, onDay), game: gameName(another) }] : [account];
  }).flat();
}

/** What each game is and runs on, with the days on which one came to another console. */
export function gamesOf({ seed, firstDay, days }: World): Game[] {
  const random = xoroshiro128plus(mixed(seed, -2));
  const any = (values: readonly string[]): string => values[uniformInt(random, 0, values.length - 1)] ?? '';
  return Array.from({ length: GAMES }, (_, at): Game[] => {
    const game = { game: gameName(at), from: firstDay, genre: any(GENRES), console: any(CONSOLES) };
    const [moved, onDay, another] = [uniformInt(random, 0, 99), uniformInt(random, 1, Math.max(1, days - 1)), any(CONSOLES)];
    return moved < MOVING_GAMES ? [game, { ...game, from: addDays(firstDay, onDay), console: another }] : [game];
  }).flat();
}

export function memberName(at: number): string {
  return `member-${String(at).padStart(4, '0')}`;
}

function gameName(at: number): string {
  return `game-${String(at).padStart(2, '0')}`;
}

/** Two numbers as one of 31 bits that looks like neither (the finaliser of MurmurHash3). */
function mixed(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 1;
}
