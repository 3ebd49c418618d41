import { heartbeat } from '@temporalio/activity';
import { canonicalJson } from '../../src/domain/hash.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { RevisionOutcome } from '../../src/domain/release/week-status.ts';
import type { ScoredRow } from '../../src/ports/people-store.ts';
import type { Plugs } from '../plugs.ts';

const LISTED = 10_000;

/**
 * Who changed between two revisions of a week: people who came to or left kind 3, and people whose decile differs. The
 * counts are the answer; the list is an artifact, because people do not travel in payloads.
 */
export const compareRevisions = ({ peopleStore, artifacts, settingsOf }: Plugs) =>
  async ({ property, week, revision, previous }: RevisionKey & { previous: number | null }): Promise<RevisionOutcome['changed']> => {
    if (previous === null || previous === revision) return null;
    const { shards } = settingsOf(property);
    const changed = { kind: 0, decile: 0 };
    const people: { user: string; before: number | null; after: number | null }[] = [];
    for (let shard = 0; shard < shards; shard += 1) {
      const key = { property, week, shard };
      for await (const [before, after] of matched(peopleStore.readScores({ ...key, revision: previous }), peopleStore.readScores({ ...key, revision }))) {
        if (before?.decile === after?.decile) continue;
        if (before === null || after === null) changed.kind += 1;
        else changed.decile += 1;
        if (people.length < LISTED) people.push({ user: (after ?? before)!.user, before: before?.decile ?? null, after: after?.decile ?? null }); // one of the two is there
      }
      heartbeat();
    }
    const list = await artifacts.put('changes', '.json', Buffer.from(canonicalJson({ property, week, previous, revision, ...changed, people })));
    return { ...changed, list };
  };

/** Rows of both streams side by side by user; both are in the order of users. */
async function* matched(left: AsyncIterable<ScoredRow>, right: AsyncIterable<ScoredRow>): AsyncGenerator<[ScoredRow | null, ScoredRow | null]> {
  const [lefts, rights] = [left[Symbol.asyncIterator](), right[Symbol.asyncIterator]()];
  let [a, b] = [await lefts.next(), await rights.next()];
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : Buffer.compare(Buffer.from(a.value.user), Buffer.from(b.value.user));
    yield [order <= 0 && !a.done ? a.value : null, order >= 0 && !b.done ? b.value : null];
    if (order <= 0) a = await lefts.next();
    if (order >= 0) b = await rights.next();
  }
}
