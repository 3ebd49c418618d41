import { Failure } from '../failure.ts';
import { rangeOf } from './series.ts';
import type { BucketName, Level, Span } from './bucket-name.ts';

/** The span of a range that somebody asked for, as `rangeOf`. Fails with `bad-argument`, because a name that is none stays none however often it is tried. */
export function askedRange(level: Level, from: BucketName, to: BucketName, timeZone: string): Span {
  try {
    return rangeOf(level, from, to, timeZone);
  } catch (cause) {
    throw cause instanceof RangeError ? new Failure('bad-argument', cause.message, { cause }) : cause;
  }
}
