import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { createReleaseStore, releaseTables } from '../../src/stores/cassandra/release-store.ts';
import { aModel, aRelease } from '../release-examples.ts';
import { testCassandra } from '../world.ts';
import type { ReleaseStore } from '../../src/ports/release-store.ts';

const plugs = [{
  name: 'cassandra',
  async open(): Promise<{ store: ReleaseStore; dispose: () => Promise<void> }> {
    const { cassandra, dispose } = await testCassandra(releaseTables);
    return { store: createReleaseStore(cassandra), dispose };
  },
}];

const isRefusal = (code: string, words: RegExp) => (error: unknown) => error instanceof Failure && error.code === code && error.isFinal && words.test(error.message);

for (const plug of plugs) {
  suite(`release store: ${plug.name}`, () => {
    let store: ReleaseStore;
    let dispose: () => Promise<void>;
    before(async () => { ({ store, dispose } = await plug.open()); });
    after(() => dispose());

    test('a staged release is read back whole and serves nothing', async () => {
      const release = aRelease({ property: 'staged' });
      await store.stageRelease({ ...release, state: 'live' });
      await store.stageRelease(release);
      assert.deepEqual(await store.readRelease(release), release);
      assert.equal(await store.readService('staged', release.week), null);
      assert.deepEqual(await store.listWeeks('staged'), [{ week: release.week, service: null, release: null, staged: [release], superseded: [] }]);
      assert.equal(await store.readRelease({ ...release, revision: 9 }), null);
    });

    test('what people took responsibility for stays with the release', async () => {
      const overrides = [{ what: 'check missing-feature (value_7d is 0)', reason: 'a new till, "known"', by: 'ada' }, { what: 'day 2011-10-04', reason: 'stock-taking', by: null }];
      const release = aRelease({ property: 'overridden', overrides });
      for (let round = 0; round < 2; round++) await store.stageRelease(release);
      assert.deepEqual(await store.readRelease(release), release);
      await assert.rejects(store.stageRelease({ ...release, overrides: [] }), isRefusal('bad-argument', /never changes/));
    });

    test('a provisional release becomes final, once and whole; built again it is the same release', async () => {
      const release = aRelease({ property: 'provisional', finality: 'provisional' });
      await store.stageRelease(release);
      assert.equal((await store.readRelease(release))?.finality, 'provisional');
      await store.goLive(release);
      for (let round = 0; round < 2; round++) await store.markFinal(release);
      const { release: live } = (await store.listWeeks('provisional'))[0] ?? {};
      assert.deepEqual(live, { ...release, state: 'live', finality: 'final' });
      await store.stageRelease(release);
      assert.equal((await store.readRelease(release))?.finality, 'final');
      await assert.rejects(store.markFinal({ ...release, revision: 9 }), isRefusal('week-unknown', /has no release 2011-W48\.9/));
    });

    test('a release of before there were provisional ones is final', async () => {
      const release = aRelease({ property: 'older' });
      await store.stageRelease({ ...release, finality: undefined as never }); // the column was not there
      assert.deepEqual(await store.readRelease(release), release);
      await store.markFinal(release);
    });

    test('a release never changes', async () => {
      const release = aRelease({ property: 'fixed' });
      await store.stageRelease(release);
      await assert.rejects(store.stageRelease({ ...release, scored: 4 }), isRefusal('bad-argument', /never changes/));
    });

    test('going live moves the pointer and supersedes the revision before, also when asked again', async () => {
      const [first, second] = [aRelease({ property: 'switch' }), aRelease({ property: 'switch', revision: 2 })];
      for (const release of [first, second]) await store.stageRelease(release);
      await store.goLive(first);
      const before = await store.readService('switch', first.week);
      assert.equal(before?.state === 'live' && before.revision, 1);
      for (let round = 0; round < 2; round++) await store.goLive(second);
      assert.deepEqual(await store.readService('switch', first.week), { ...before, revision: 2 });
      assert.deepEqual((await store.readReleases('switch', first.week)).map(({ state }) => state), ['superseded', 'live']);
      const [week] = await store.listWeeks('switch');
      assert.equal(week?.release?.revision, 2);
      assert.deepEqual(week?.superseded.map(({ revision }) => revision), [1]);
    });

    test('an older revision, a refused one and an unknown one never go live', async () => {
      const releases = [1, 2, 3].map((revision) => aRelease({ property: 'order', revision }));
      for (const release of releases) await store.stageRelease(release);
      const [first, second, third] = releases as [typeof releases[0], typeof releases[0], typeof releases[0]];
      await store.goLive(second);
      await assert.rejects(store.goLive(first), isRefusal('bad-argument', /revision 2 of the week already did/));
      await store.refuseRelease(third);
      await store.refuseRelease(third);
      await assert.rejects(store.goLive(third), isRefusal('bad-argument', /it is refused/));
      await assert.rejects(store.refuseRelease(second), isRefusal('bad-argument', /it is live/));
      await assert.rejects(store.goLive({ ...first, revision: 7 }), isRefusal('week-unknown', /2011-W48\.7/));
    });

    test('of many who go live at once, the highest revision stays', async () => {
      const releases = Array.from({ length: 6 }, (_, index) => aRelease({ property: 'race', revision: index + 1 }));
      for (const release of releases) await store.stageRelease(release);
      await Promise.allSettled([...releases, ...releases].map((release) => store.goLive(release)));
      await store.goLive({ ...releases[5]!, revision: 6 }); // the sixth exists
      const service = await store.readService('race', '2011-W48');
      assert.equal(service?.state === 'live' && service.revision, 6);
      const states = (await store.readReleases('race', '2011-W48')).map(({ state }) => state);
      assert.equal(states.filter((state) => state === 'live').length, 1);
      assert.equal(states[5], 'live');
    });

    test('a retired week names its successor, is cleared once, and comes back with a later revision', async () => {
      const release = aRelease({ property: 'retire' });
      await assert.rejects(store.retireWeek('retire', release.week, null), isRefusal('week-unknown', /never live/));
      await store.stageRelease(release);
      await store.goLive(release);
      await assert.rejects(store.markCleared('retire', release.week), isRefusal('bad-argument', /not retired/));
      for (let round = 0; round < 2; round++) await store.retireWeek('retire', release.week, '2011-W49');
      assert.deepEqual(await store.readService('retire', release.week), { state: 'retired', successor: '2011-W49', isCleared: false });
      for (let round = 0; round < 2; round++) await store.markCleared('retire', release.week);
      assert.deepEqual(await store.readService('retire', release.week), { state: 'retired', successor: '2011-W49', isCleared: true });
      await store.stageRelease({ ...release, revision: 2 });
      await store.goLive({ ...release, revision: 2 });
      assert.equal((await store.readService('retire', release.week))?.state, 'live');
      await store.retireWeek('retire', release.week, null);
      assert.deepEqual(await store.readService('retire', release.week), { state: 'retired', successor: null, isCleared: false });
    });

    test('the champion comes from the latest week before, retired or not, over the turn of the year', async () => {
      for (const week of ['2011-W46', '2011-W52', '2012-W01', '2012-W02']) {
        await store.stageRelease(aRelease({ property: 'champion', week, modelId: week }));
        if (week !== '2012-W01') await store.goLive({ property: 'champion', week, revision: 1 });
      }
      await store.retireWeek('champion', '2011-W52', '2012-W02');
      assert.equal((await store.latestBefore('champion', '2012-W02'))?.modelId, '2011-W52');
      assert.equal((await store.latestBefore('champion', '2011-W52'))?.modelId, '2011-W46');
      assert.equal(await store.latestBefore('champion', '2011-W46'), null);
    });

    test('weeks and properties are listed in order', async () => {
      for (const week of ['2012-W01', '2011-W52']) await store.stageRelease(aRelease({ property: 'listed', week }));
      assert.deepEqual((await store.listWeeks('listed')).map(({ week }) => week), ['2011-W52', '2012-W01']);
      const properties = await store.listProperties();
      assert(properties.includes('listed'));
      assert.deepEqual(properties, [...properties].sort());
    });

    test('staleness is shown until it is cleared and does not make a week serve', async () => {
      await store.markStale('stale', '2011-W48', 'day 2011-11-28 changed');
      assert.equal(await store.readService('stale', '2011-W48'), null);
      assert.deepEqual(await store.listStale('stale'), [{ week: '2011-W48', reason: 'day 2011-11-28 changed' }]);
      await store.stageRelease(aRelease({ property: 'stale' }));
      await store.goLive(aRelease({ property: 'stale' }));
      assert.equal((await store.listStale('stale')).length, 1);
      await store.clearStale('stale', '2011-W48');
      assert.deepEqual(await store.listStale('stale'), []);
    });

    test('models, stage manifests and verdicts come back as they were written', async () => {
      const model = aModel({ property: 'records' });
      await store.writeModel(model);
      await store.writeModel(model);
      assert.deepEqual(await store.readModel('records', model.modelId), model);
      assert.equal(await store.readModel('records', 'other'), null);
      const stage = { property: 'records', week: '2011-W48', revision: 1, stage: 'train', inputHash: 'a', rowsRevision: 1, result: '{}' };
      for (const revision of [1, 3, 2]) await store.writeStage({ ...stage, revision });
      assert.deepEqual((await store.readStages('records', '2011-W48')).map(({ revision }) => revision), [3, 2, 1]);
      assert.deepEqual((await store.readStages('records', '2011-W48')).at(-1), stage);
      await store.writeStage({ ...stage, stage: 'score' });
      for (let round = 0; round < 2; round++) await store.deleteStages('records', '2011-W48', ['extract', 'score']);
      assert.deepEqual((await store.readStages('records', '2011-W48')).map((kept) => kept.stage), ['train', 'train', 'train']);
      await store.writeVerdict({ property: 'records', week: '2011-W48', revision: 1, report: '{"auc":0.6}' });
      assert.equal(await store.readVerdict({ property: 'records', week: '2011-W48', revision: 1 }), '{"auc":0.6}');
      assert.equal(await store.readRelease({ property: 'records', week: '2011-W48', revision: 1 }), null);
    });

    test('an audit line keeps the time of its first write; the newest comes first', async () => {
      const line = { property: 'audit', id: 'live/2011-W48/1', action: 'live', subject: '2011-W48.1', reason: 'accepted', actor: 'almanac' };
      await store.writeAudit(line);
      const [first] = await store.readAudit('audit', 10);
      await store.writeAudit({ ...line, reason: 'again' });
      await store.writeAudit({ ...line, id: 'retire/2011-W48' });
      const entries = await store.readAudit('audit', 10);
      assert.deepEqual(entries.map(({ id }) => id), ['retire/2011-W48', 'live/2011-W48/1']);
      assert.deepEqual(entries[1], first);
      assert.equal((await store.readAudit('audit', 1)).length, 1);
    });
  });
}
