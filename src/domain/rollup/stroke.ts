import { bucketAt, spanOf, type Level, type Second, type SpansByLevel } from './bucket-name.ts';

/** What one stroke of the clock closes, and the buckets of each level that are closed with it. */
export interface Stroke {
  readonly closes: Level;
  readonly spans: SpansByLevel;
}

/**
 * THE CLOCK of rollups. A minute closes itself; the first minute of an hour closes the hour (minute, then hour), and the
 * first instant of a local day the day before (minute, hour, day). The nominal time decides and not which schedule struck:
 * where a day has no midnight, its first hour closes the day before.
 */
export function strokeAt(nominalMs: number, timeZone: string): Stroke {
  const at: Second = Math.floor(nominalMs / 60_000) * 60;
  const closes: Level = isStartOf('day', at, timeZone) ? 'day' : isStartOf('hour', at, timeZone) ? 'hour' : 'minute';
  const span = spanOf(bucketAt(closes, at - 1, timeZone), timeZone);
  return { closes, spans: { minute: [span], hour: closes === 'minute' ? [] : [span], day: closes === 'day' ? [span] : [] } };
}

function isStartOf(level: Level, at: Second, timeZone: string): boolean {
  return spanOf(bucketAt(level, at, timeZone), timeZone).from === at;
}
