import type { Second } from './bucket-name.ts';

/** One figure of one member on one platform at one second. Its key is (platform, member, second): the same reading twice is one. */
export interface Reading {
  readonly platform: string;
  readonly member: string;
  readonly second: Second;
  readonly value: number;
}

/** Readings as columns of equal length, in order of member, platform and second: of a million, an object each costs more than to add them up. */
export interface ReadingColumns {
  readonly members: readonly string[];
  readonly platforms: readonly string[];
  readonly seconds: readonly Second[];
  readonly values: readonly number[];
}

/** Readings that are in order, as columns. */
export function columnsOf(readings: readonly Reading[]): ReadingColumns {
  return { members: readings.map(({ member }) => member), platforms: readings.map(({ platform }) => platform), seconds: readings.map(({ second }) => second), values: readings.map(({ value }) => value) };
}

/** Of a reading, of either sign: no sum of a day comes near what a double holds, so that no sender makes sums that are no numbers. */
export const LARGEST_VALUE = 1e15;
const LAST_SECOND = 253_402_300_799; // the last second of the year 9999

/** Why a reading must not be stored, or null. `platforms` are those of the property. */
export function readingProblem(reading: unknown, platforms: readonly string[]): string | null {
  if (typeof reading !== 'object' || reading === null) return 'it is not an object; expected platform, member, second and value';
  const { platform, member, second, value } = reading as Partial<Record<keyof Reading, unknown>>;
  if (typeof platform !== 'string' || !platforms.includes(platform)) return `platform is ${shown(platform)}; expected one of ${platforms.join(', ')}`;
  // No word of the member itself: it may be a person.
  if (typeof member !== 'string' || !/^[^\p{C}]{1,128}$/u.test(member)) return 'member is not a text of 1 to 128 characters without control characters';
  if (typeof second !== 'number' || !Number.isInteger(second) || second < 0 || second > LAST_SECOND) return `second is ${shown(second)}; expected whole seconds since 1970-01-01T00:00Z`;
  if (typeof value !== 'number' || !Number.isFinite(value)) return `value is ${shown(value)}; expected a finite number`;
  if (Math.abs(value) > LARGEST_VALUE) return `value is ${shown(value)}; expected a number of at most 1e15, of either sign`;
  return null;
}

/** A line of a list of readings, or why it is none. */
export function parseReading(line: string, platforms: readonly string[]): Reading | string {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return 'it is not JSON';
  }
  const problem = readingProblem(value, platforms);
  if (problem !== null) return problem;
  const { platform, member, second, value: figure } = value as Reading;
  return { platform, member, second, value: figure };
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'missing').slice(0, 60);
}
