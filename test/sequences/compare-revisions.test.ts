import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { compareRevisions } from '../../activities/week/compare-revisions.ts';
import type { Plugs } from '../../activities/plugs.ts';
import type { Kind } from '../../src/domain/churn/rule.ts';
import type { ListedChanges } from '../../src/domain/release/revision-changes.ts';

type People = Readonly<Record<string, Kind | readonly [3, number]>>;

/** Two revisions of a week in two shards, each a list of people; the second one's rows may be the first one's. */
async function compared(before: readonly People[], after: readonly People[], { keepsKinds = true, rowsRevision = 2 } = {}) {
  const revisions: Readonly<Record<number, readonly People[]>> = { 1: before, 2: after };
  let [open, mostOpen, listed] = [0, 0, null as ListedChanges | null];
  const rowsOf = async function* <T>(people: People, row: (user: string, of: Kind | readonly [3, number]) => T | null): AsyncGenerator<T> {
    for (const [user, of] of Object.entries(people)) {
      const one = row(user, of);
      if (one === null) continue;
      mostOpen = Math.max(mostOpen, ++open);
      yield one;
      open -= 1;
    }
  };
  const plugs = {
    settingsOf: () => ({ shards: 2 }),
    releaseStore: { readRelease: async (key: { revision: number }) => ({ ...key, ...(key.revision === 1 ? (keepsKinds ? { rowsRevision: 1 } : {}) : { rowsRevision }) }) },
    peopleStore: {
      readKinds: ({ revision, shard }: { revision: number; shard: number }) => rowsOf(revisions[revision]![shard]!, (user, of) => ({ user, kind: typeof of === 'number' ? of : 3 })),
      readScores: ({ revision, shard }: { revision: number; shard: number }) => rowsOf(revisions[revision]![shard]!, (user, of) => (typeof of === 'number' ? null : { user, decile: of[1] })),
    },
    artifacts: { put: async (_kind: string, _extension: string, bytes: Uint8Array) => ((listed = JSON.parse(Buffer.from(bytes).toString()) as ListedChanges), { name: 'changes', sha256: '0', bytes: bytes.length }) },
  } as unknown as Plugs;
  const context = { heartbeat: () => undefined } as unknown as Context;
  const changes = await asyncLocalStorage.run(context, () => compareRevisions(plugs)({ property: 'shop', week: '2026-W10', revision: 2, previous: 1 }));
  return { changes, people: (listed as ListedChanges | null)?.people ?? [], mostOpen };
}

suite('two revisions of a week, compared', () => {
  test('moves among kinds that are never scored are counted, and who came and went, in every shard', async () => {
    const before: People[] = [{ ann: 1, ben: 2, cat: 4, dan: [3, 5], eve: 4 }, { fay: [3, 1], gus: 1 }];
    const after: People[] = [{ ann: 2, ben: 1, cat: 2, dan: [3, 5], hal: 4 }, { fay: [3, 2], gus: 1, ida: [3, 9] }];
    const { changes, people } = await compared(before, after);
    assert.deepEqual(changes?.moves, { '1→2': 1, '2→1': 1, '4→2': 1, '3→3': 2, '4→gone': 1, 'new→4': 1, '1→1': 1, 'new→3': 1 });
    assert.deepEqual([changes?.kind, changes?.decile, changes?.notListed], [6, 1, 0]);
    assert.deepEqual(people.map(({ user }) => user), ['ann', 'ben', 'cat', 'eve', 'hal', 'fay', 'ida']);
    assert.deepEqual(people.at(-1), { user: 'ida', before: { kind: null, decile: null }, after: { kind: 3, decile: 9 } });
  });

  test('a revision that re-uses the extract of the one before has its kinds', async () => {
    const before: People[] = [{ ann: 1, dan: [3, 5] }, {}];
    const { changes } = await compared(before, [{ dan: [3, 6] }, {}], { rowsRevision: 1 });
    assert.deepEqual([changes?.moves, changes?.kind, changes?.decile], [{ '1→1': 1, '3→3': 1 }, 0, 1]);
  });

  test('against a release that is older than kinds in the store, kind 3 alone is compared', async () => {
    const { changes, people } = await compared([{ ann: 1, dan: [3, 5] }, {}], [{ ann: 2, eve: [3, 5] }, {}], { keepsKinds: false });
    assert.deepEqual([changes?.moves, changes?.kind, changes?.decile], [null, 2, 0]);
    assert.deepEqual(people.map(({ user }) => user), ['dan', 'eve']);
  });

  test('however many people there are, a row of each stream is held at a time, and a bounded list', async () => {
    const many = (kind: Kind): People[] => [Object.fromEntries(Array.from({ length: 10_500 }, (_, person) => [`p${String(person).padStart(6, '0')}`, kind])), {}];
    const { changes, people, mostOpen } = await compared(many(1), many(2));
    assert.deepEqual([changes?.kind, people.length, changes?.notListed], [10_500, 10_000, 500]);
    assert.ok(mostOpen <= 4, `${mostOpen} rows at once`);
  });
});
