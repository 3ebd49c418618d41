import type { BucketName, Level, Span } from '../domain/rollup/bucket-name.ts';
import type { BucketRow } from '../domain/rollup/bucket-rows.ts';

/** One bucket of a member as readers have it: its rows, one a platform, and the revision of the bucket that they are from. */
export interface SeriesBucket {
  readonly bucket: BucketName;
  readonly revision: number;
  readonly rows: readonly BucketRow[];
}

export interface SeriesQuestion {
  readonly property: string;
  readonly level: Level;
  readonly member: string;
  readonly span: Span;
}

/** SOCKET: buckets by member, in the order of time: a copy that can be made anew from the buckets at any time. */
export interface SeriesStore {
  /** Built buckets of the member in the span, oldest first; a bucket in which it has no reading is left out. Null where the property has no copy of that level. */
  readSeries(question: SeriesQuestion): Promise<readonly SeriesBucket[] | null>;
}
