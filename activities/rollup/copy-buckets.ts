import { heartbeat } from '@temporalio/activity';
import { bucketsIn, spanOf, type Level, type Second, type Span } from '../../src/domain/rollup/bucket-name.ts';
import { bringCopies, type Brought, type CopyPlugs } from './bring-copies.ts';

export interface CopyRequest {
  readonly property: string;
  readonly level: Level;
  readonly span: Span;
  /** One copy; null: all that are read, or will be. */
  readonly copy: number | null;
  /** Goes on from here; null: from the first. */
  readonly from: Second | null;
}

export interface CopiedSpan extends Brought {
  /** Where the next step goes on; null at the end. */
  readonly next: Second | null;
}

/** Buckets that are looked at together: so many seconds of a level. */
const CHUNK_SECONDS: Readonly<Record<Level, number>> = { minute: 6 * 3600, hour: 15 * 86_400, day: 366 * 86_400 };
/** What one step does at most. */
const MOST_CHUNKS = 40;
const MOST_ROWS = 500_000;

/**
 * Brings the copies by member of a property to what is built in a span: work is what changed. Where it has none there is nothing to do.
 * One copy, which is being filled, is brought to all that is built by now: strokes that came before its table left it out.
 */
export const copyBuckets = (plugs: CopyPlugs) =>
  async ({ property, level, span, copy, from }: CopyRequest): Promise<CopiedSpan> => {
    const copies = copy === null ? await copiesToKeep(plugs, property) : [copy];
    const { timeZone, firstDay } = plugs.rollupSettingsOf(property);
    const until = copy === null ? span.to : Math.max(span.to, (await plugs.rollupStore.readClosedUntil(property)) ?? span.to);
    let [at, copied, read] = [Math.max(from ?? span.from, spanOf(firstDay, timeZone).from), 0, 0];
    for (let chunk = 0; copies.length > 0 && at < until; chunk += 1) {
      if (chunk === MOST_CHUNKS || read > MOST_ROWS) return { copied, read, next: at };
      const to = Math.min(until, at + CHUNK_SECONDS[level]);
      const buckets = bucketsIn(level, { from: at, to }, timeZone);
      const brought = await bringCopies(plugs, { property, level, buckets, copies });
      [copied, read] = [copied + brought.copied, read + brought.read];
      const last = buckets.at(-1);
      at = to === until || last === undefined ? to : spanOf(last, timeZone).to;
      heartbeat();
    }
    return { copied, read, next: null };
  };

/**
 * The copy that is read and those being made; one that was replaced is left as it is, and so is one that has no table: yet, or for ever,
 * where its rebuild was ended. Whoever makes the table fills the copy afterwards, with what this stroke sealed before it looked.
 */
async function copiesToKeep({ seriesStore }: CopyPlugs, property: string): Promise<number[]> {
  const live = await seriesStore.readLive(property);
  const kept: number[] = [];
  for (const { copy } of await seriesStore.listCopies(property)) {
    if (live?.copy === copy || ((live === null || copy > live.copy) && (await seriesStore.hasTable({ property, copy })))) kept.push(copy);
  }
  return kept;
}
