import { wallClock, type WallTime } from './local-instant.ts';
import { Failure } from '../failure.ts';
import type { InstantUs } from '../calendar/day.ts';

/** Text as an instant, null when it is not a time of the format. A time without a zone is of the property's zone; a date alone is its local midnight. */
export type TimeReader = (text: string) => InstantUs | null;

const epochScales: Record<string, number> = { 'epoch-seconds': 1_000_000, 'epoch-millis': 1000, 'epoch-micros': 1 };
const latestUs = 253_402_300_800_000_000; // year 10000

/** The reader of a format of the column map; fails with `bad-configuration` when it is none. */
export function compileTimeFormat(format: string, timeZone: string): TimeReader {
  const toInstant = wallClock(timeZone);
  if (format === 'iso') return isoReader(toInstant);
  const scale = epochScales[format];
  if (scale !== undefined) return epochReader(scale);
  return patternReader(format, toInstant);
}

const isoPattern = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d{2}:?\d{2})?)?$/i;

function isoReader(toInstant: (wall: WallTime) => InstantUs): TimeReader {
  return (text) => {
    const match = isoPattern.exec(text);
    if (!match) return null;
    const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = match;
    const wall = wallTime(Number(year), Number(month), Number(day), Number(hour), Number(minute), Number(second), Number(fraction.padEnd(6, '0').slice(0, 6)));
    if (!wall) return null;
    return zone === undefined ? toInstant(wall) : utcOf(wall) - offsetUs(zone);
  };
}

function epochReader(scale: number): TimeReader {
  return (text) => {
    if (!/^-?\d{1,17}(\.\d{1,9})?$/.test(text)) return null;
    const instant = Math.round(Number(text) * scale);
    return Math.abs(instant) < latestUs ? instant : null;
  };
}

/** Longer tokens first: `MM` is not two `M`. One letter takes one or two digits, `hh` and `h` are of twelve hours, `A` is AM or PM. */
const tokens = {
  YYYY: ['year', '\\d{4}'], MM: ['month', '\\d{2}'], M: ['month', '\\d{1,2}'], DD: ['day', '\\d{2}'], D: ['day', '\\d{1,2}'],
  HH: ['hour', '\\d{2}'], H: ['hour', '\\d{1,2}'], hh: ['hour12', '\\d{2}'], h: ['hour12', '\\d{1,2}'], mm: ['minute', '\\d{2}'],
  SSS: ['millisecond', '\\d{3}'], ss: ['second', '\\d{2}'], A: ['half', '[AaPp][Mm]'],
} as const;
type Token = keyof typeof tokens;
type Part = (typeof tokens)[Token][0];

function patternReader(format: string, toInstant: (wall: WallTime) => InstantUs): TimeReader {
  const { source, order } = readPattern(format);
  const has = (part: Part): boolean => order.includes(part);
  if (!has('year') || !has('month') || !has('day') || new Set(order).size !== order.length || has('half') !== has('hour12') || (has('hour') && has('hour12'))) {
    throw new Failure('bad-configuration', `time format "${format}" is not known; expected iso, epoch-seconds, epoch-millis, epoch-micros, or a pattern with YYYY, MM (or M) and DD (or D) once each, as in "YYYY-MM-DD HH:mm:ss" or "M/D/YYYY h:mm A"`);
  }
  const pattern = new RegExp(`^${source}$`, 'u');
  const place = (part: Part): number => order.indexOf(part) + 1;
  const [year, month, day, hour, hour12, half, minute, second, millisecond] = [place('year'), place('month'), place('day'), place('hour'), place('hour12'), place('half'), place('minute'), place('second'), place('millisecond')];
  return (text) => {
    const match = pattern.exec(text);
    if (!match) return null;
    const number = (at: number): number => (at === 0 ? 0 : Number(match[at]));
    const hours = hour12 === 0 ? number(hour) : hourOf(number(hour12), match[half] ?? '');
    const wall = wallTime(number(year), number(month), number(day), hours, number(minute), number(second), number(millisecond) * 1000);
    return wall && toInstant(wall);
  };
}

/** The pattern as a regular expression, and which part each of its groups is. */
function readPattern(format: string): { source: string; order: Part[] } {
  let source = '';
  const order: Part[] = [];
  for (let at = 0; at < format.length; ) {
    const token = (Object.keys(tokens) as Token[]).find((name) => format.startsWith(name, at));
    source += token ? `(${tokens[token][1]})` : `\\u{${(format.codePointAt(at) as number).toString(16)}}`;
    if (token) order.push(tokens[token][0]);
    at += token?.length ?? 1;
  }
  return { source, order };
}

/** 12 AM is midnight; an hour outside 1…12 is none. */
function hourOf(hour12: number, half: string): number {
  return hour12 < 1 || hour12 > 12 ? Number.NaN : (hour12 % 12) + (/^p/i.test(half) ? 12 : 0);
}

function wallTime(year: number, month: number, day: number, hour: number, minute: number, second: number, microsecond: number): WallTime | null {
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month) || !(hour <= 23) || minute > 59 || second > 59) return null;
  return { year, month, day, hour, minute, microsecond: second * 1_000_000 + microsecond };
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function utcOf({ year, month, day, hour, minute, microsecond }: WallTime): InstantUs {
  return Date.UTC(year, month - 1, day, hour, minute) * 1000 + microsecond;
}

function offsetUs(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000_000;
}
