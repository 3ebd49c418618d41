import { createRequire } from 'node:module';
import { Argument, InvalidArgumentError } from 'commander';
import { STAGES, parseStage, type Stage } from '../../domain/release/stages.ts';
import type { Day } from '../../domain/calendar/day.ts';
import type { BucketName } from '../../domain/rollup/bucket-name.ts';
import type { Week } from '../../domain/calendar/week.ts';

// The calendar takes a tenth of a second to load, which `--help` need not wait for; commander's readers cannot await.
const load = createRequire(import.meta.url);

/** Readers of what people type, for commander: each fails with what was expected. */
const reading = <T>(read: (text: string) => T) => (text: string): T => {
  try {
    return read(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
};

export const day = reading((text): Day => (load('../../domain/calendar/day.ts') as typeof import('../../domain/calendar/day.ts')).parseDay(text));
export const week = reading((text): Week => (load('../../domain/calendar/week.ts') as typeof import('../../domain/calendar/week.ts')).parseWeek(text));
export const stage: (text: string) => Stage = reading(parseStage);
export const stages: readonly Stage[] = STAGES;

export const levelArgument = new Argument('<level>', 'what is built').choices(['minute', 'hour', 'day']);

export interface BucketRange {
  readonly from: BucketName;
  readonly to: BucketName;
}

/** One name of a bucket, or two as `from..to`. Whether a day's offset is that of the time zone is seen where the zone is known. */
export const bucketRange = reading((text): BucketRange => {
  const [from = '', to = from, ...more] = text.split('..');
  const wrong = [from, to].find((name) => !/^\d{4}-\d{2}-\d{2}(_\d{2}(-\d{2})?|[+-]\d{2}-\d{2})?$/.test(name));
  if (wrong !== undefined || more.length > 0) throw new RangeError(`"${text}" is not a range of buckets; expected 2019-01-01, 2019-01-01_12 or 2019-01-01_12-34, or two as from..to`);
  return { from, to };
});

export const propertyName = reading((text) => {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(text)) throw new RangeError(`"${text}" is not the name of a property; expected a lower-case letter, then at most 31 lower-case letters, digits or -`);
  return text;
});

export const timeZone = reading((text) => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    throw new RangeError(`"${text}" is not a time zone; expected an IANA name such as Europe/London`);
  }
});

export const positive = reading((text) => {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new RangeError(`"${text}" is not a whole number from 1`);
  return Number(text);
});

export const wholeNumber = (least: number, most: number): ((text: string) => number) => reading((text) => {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most)) throw new RangeError(`"${text}" is not a whole number from ${least} to ${most}`);
  return value;
});

/** `6,7` or `sat,sun`. */
export const weekdays = reading((text) => {
  const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const numbers = text.split(',').filter(Boolean).map((part) => (/^[1-7]$/.test(part) ? Number(part) : names.indexOf(part.trim().slice(0, 3).toLowerCase()) + 1));
  if (numbers.includes(0)) throw new RangeError(`"${text}" is not a list of weekdays; expected 1 (Monday) to 7 (Sunday) or names, separated by commas`);
  return [...new Set(numbers)].sort();
});

export const reason = reading((text) => {
  if (text.trim() === '') throw new RangeError('a reason is expected: it is kept');
  return text.trim();
});
