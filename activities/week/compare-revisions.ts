import { heartbeat } from '@temporalio/activity';
import { compareUsers } from '../../src/domain/activity/user-order.ts';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import { changesCounter, type ListedChanges, type RevisionChanges, type Standing } from '../../src/domain/release/revision-changes.ts';
import type { Release, RevisionKey } from '../../src/domain/release/release.ts';
import type { PeopleStore } from '../../src/ports/people-store.ts';
import type { Plugs } from '../plugs.ts';

const MOST_LISTED = 10_000;
/** People between two heartbeats. */
const PEOPLE_A_BEAT = 200;

/**
 * Who changed between two revisions of a week: people whose kind differs, or their decile. Both are read side by side in
 * the order of users, shard by shard, so memory holds a page of each. The counts are the answer; the list is an artifact,
 * because people do not travel in payloads.
 */
export const compareRevisions = ({ peopleStore, releaseStore, artifacts, settingsOf }: Plugs) =>
  async ({ property, week, revision, previous }: RevisionKey & { previous: number | null }): Promise<RevisionChanges | null> => {
    if (previous === null || previous === revision) return null;
    const { shards } = settingsOf(property);
    const [before, after] = await Promise.all([releaseStore.readRelease({ property, week, revision: previous }), releaseStore.readRelease({ property, week, revision })]);
    if (before === null || after === null) return null;
    const hasKinds = before.rowsRevision !== undefined && after.rowsRevision !== undefined;
    const changes = changesCounter({ most: MOST_LISTED, hasKinds });
    let people = 0;
    for (let shard = 0; shard < shards; shard += 1) {
      for await (const [was, is] of sideBySide(standings(peopleStore, before, shard, hasKinds), standings(peopleStore, after, shard, hasKinds))) {
        changes.add((is ?? was)!.user, was, is); // one of the two is there
        if (people++ % PEOPLE_A_BEAT === 0) heartbeat();
      }
    }
    const { people: changed, ...counts } = changes.result();
    const listed: ListedChanges = { property, week, previous, revision, ...counts, people: changed };
    return { ...counts, list: await artifacts.put('changes', '.json', Buffer.from(canonicalJson(listed as unknown as Json))) };
  };

/** Everybody of one shard of a release, by user; where it keeps no kinds, those of kind 3 alone. */
async function* standings(peopleStore: PeopleStore, { property, week, revision, rowsRevision }: Release, shard: number, hasKinds: boolean): AsyncGenerator<Standing & { user: string }> {
  const scores = peopleStore.readScores({ property, week, revision, shard });
  if (!hasKinds || rowsRevision === undefined) {
    for await (const { user, decile } of scores) yield { user, kind: 3, decile };
    return;
  }
  for await (const [known, score] of sideBySide(peopleStore.readKinds({ property, week, revision: rowsRevision, shard }), scores)) {
    yield { user: (known ?? score)!.user, kind: known?.kind ?? 3, decile: score?.decile ?? null }; // one of the two is there
  }
}

interface OfUser { readonly user: string }

/** Rows of both streams by user, null where one has none; both are in the order of users. */
async function* sideBySide<Left extends OfUser, Right extends OfUser>(left: AsyncIterable<Left>, right: AsyncIterable<Right>): AsyncGenerator<[Left | null, Right | null]> {
  const [lefts, rights] = [left[Symbol.asyncIterator](), right[Symbol.asyncIterator]()];
  let [a, b] = [await lefts.next(), await rights.next()];
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : compareUsers(a.value.user, b.value.user);
    yield [order <= 0 && !a.done ? a.value : null, order >= 0 && !b.done ? b.value : null];
    if (order <= 0) a = await lefts.next();
    if (order >= 0) b = await rights.next();
  }
}
