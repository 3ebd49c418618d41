import { bucketAt, spanOf, type Level, type Second, type Span } from './bucket-name.ts';

/** What one stroke of the clock closes: levels in their order, and the span whose buckets they are. */
export interface Stroke {
  readonly closes: Level;
  readonly levels: readonly Level[];
  readonly span: Span;
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
  const levels: readonly Level[] = closes === 'day' ? ['minute', 'hour', 'day'] : closes === 'hour' ? ['minute', 'hour'] : ['minute'];
  return { closes, levels, span };
}

function isStartOf(level: Level, at: Second, timeZone: string): boolean {
  return spanOf(bucketAt(level, at, timeZone), timeZone).from === at;
}
