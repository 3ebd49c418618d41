import type { WalkPosition } from '../../domain/release/cursor.ts';
import type { Release } from '../../domain/release/release.ts';
import type { PeopleStore, ScoredRow } from '../../ports/people-store.ts';

export interface PageRequest {
  readonly release: Release;
  readonly from: WalkPosition;
  readonly minProbability: number;
  readonly limit: number;
}

/** Rows that one request may look at: a rare probability is searched over several pages, not in one long request. */
const rowsLookedAt = 10_000;
const shardsAtOnce = 4;
const filteredPageRows = 500;

/** The next people of a walk over shards and, inside a shard, users; `next` is null when everybody was seen. */
export async function readPage(peopleStore: PeopleStore, { release, from, minProbability, limit }: PageRequest): Promise<{ rows: ScoredRow[]; next: WalkPosition | null }> {
  const rows: ScoredRow[] = [];
  let position = from;
  for (let seen = 0; rows.length < limit && seen < rowsLookedAt && position.shard < release.shardCount;) {
    const asked = minProbability > 0 ? filteredPageRows : limit - rows.length;
    const positions = windowFrom(position, release.shardCount);
    const pages = await Promise.all(positions.map(({ shard, afterUser }) =>
      peopleStore.pageScores({ ...keyOf(release), shard }, { limit: asked, ...(afterUser === undefined ? {} : { afterUser }) })));
    for (const [index, page] of pages.entries()) {
      const { shard } = positions[index] ?? position;
      const taken = take(page, rows, minProbability, limit);
      seen += taken;
      const isShardDone = taken === page.length && page.length < asked;
      position = isShardDone ? { shard: shard + 1 } : { shard, ...lastUser(page, taken, shard, position) };
      if (!isShardDone) break;
    }
  }
  return { rows, next: position.shard < release.shardCount ? position : null };
}

/** Moves rows that are likely enough from `page` to `rows` until there are `limit`; returns how many were looked at. */
function take(page: readonly ScoredRow[], rows: ScoredRow[], minProbability: number, limit: number): number {
  let looked = 0;
  for (; looked < page.length && rows.length < limit; looked++) {
    const row = page[looked];
    if (row && row.prediction >= minProbability) rows.push(row);
  }
  return looked;
}

function lastUser(page: readonly ScoredRow[], taken: number, shard: number, position: WalkPosition): Pick<WalkPosition, 'afterUser'> {
  const afterUser = page[taken - 1]?.user ?? (position.shard === shard ? position.afterUser : undefined);
  return afterUser === undefined ? {} : { afterUser };
}

function windowFrom(position: WalkPosition, shardCount: number): WalkPosition[] {
  const later = Array.from({ length: shardsAtOnce - 1 }, (_, index) => ({ shard: position.shard + 1 + index }));
  return [position, ...later.filter(({ shard }) => shard < shardCount)];
}

function keyOf({ property, week, revision }: Release): { property: string; week: string; revision: number } {
  return { property, week, revision };
}
