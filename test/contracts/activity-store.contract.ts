import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { addToChecksum, emptyChecksum } from '../../src/domain/activity/checksum.ts';
import { compareUsers } from '../../src/domain/activity/user-order.ts';
import { addDays, daysFromTo, startOfDay } from '../../src/domain/calendar/day.ts';
import { Failure } from '../../src/domain/failure.ts';
import { shardOf } from '../../src/domain/hash.ts';
import type { CheckVerdict } from '../../src/domain/check.ts';
import type { KeyedEvent } from '../../src/domain/activity/event.ts';
import type { DayManifest, DayState } from '../../src/domain/activity/manifest.ts';
import type { ActivityStore, PersonHistory } from '../../src/ports/activity-store.ts';

const shards = 4;
const day = '2011-10-04';
const isFailure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

/** Tried again as a step is: conditional writes of one partition wait for one another, and a busy store gives up waiting. */
async function asItsStep<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (tries === 10 || !(error instanceof Failure) || error.code !== 'store-unavailable' || error.isFinal) throw error;
    }
  }
}

function eventsOf(on: string, people: readonly string[], each: number): KeyedEvent[] {
  return people.flatMap((user, person) =>
    Array.from({ length: each }, (_, index) => ({
      user, timeUs: startOfDay(on, 'UTC') + (index * 60 + person) * 1_000_000, name: 'visit', value: index % 2 ? null : index / 4, group: index % 3 ? null : `g${index}`,
      eventKey: `${on}-${person}-${index}.0`, payload: '{}',
    })));
}

function manifestOf(property: string, generation: number, changes: Partial<DayManifest> = {}): DayManifest {
  return { property, day, generation, state: 'final', sourceVersion: 'v1', mappingHash: 'm1', rows: 3, people: 2, anonymous: 1, quarantined: 0, bytes: 99, bytesBilled: 2 ** 40, checksum: emptyChecksum, reason: null, eventNames: null, checks: [], ...changes };
}

/** What every store of activity does. */
export function activityStoreContract(name: string, open: () => Promise<{ store: ActivityStore; dispose(): Promise<void> }>): void {
  suite(`activity store: ${name}`, { timeout: 180_000 }, () => {
    let store: ActivityStore;
    let dispose: () => Promise<void>;
    before(async () => ({ store, dispose } = await open()));
    after(() => dispose());

    test('a property keeps its zone and shard count for life; its closed days may change', async () => {
      const property = { property: 'fixed', shardCount: 4, calendar: { timeZone: 'UTC', firstDay: '2011-01-01', closedWeekdays: [], closedDays: [] } };
      await Promise.all([store.registerProperty(property), store.registerProperty(property)]);
      const closing = { ...property, calendar: { ...property.calendar, closedWeekdays: [6] } };
      await store.registerProperty(closing);
      assert.deepEqual(await store.readProperty('fixed'), closing);
      await assert.rejects(store.registerProperty({ ...property, shardCount: 8 }), isFailure('property-changed'));
      await assert.rejects(store.registerProperty({ ...property, calendar: { ...property.calendar, timeZone: 'Europe/London' } }), isFailure('property-changed'));
      assert.equal(await store.readProperty('nobody'), null);
    });

    test('how long sealed days took is known from claim to seal, the newest day first', async () => {
      const others = [addDays(day, 1), addDays(day, 2), addDays(day, 3)];
      for (const other of others) await store.claimGeneration({ property: 'timed', day: other, sourceVersion: 'v1', mappingHash: 'm1' });
      await store.markDay({ property: 'timed', day, state: 'missing', reason: 'it is missing' });
      const began = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (const other of others.slice(0, 2)) await store.sealGeneration({ ...manifestOf('timed', 1, { quarantined: 2 }), day: other });
      const longest = (performance.now() - began) / 1000 + 5;
      const intakes = await store.readIntakes('timed', 10);
      assert.deepEqual(intakes.map((intake) => [intake.day, intake.records]), [[others[1], 6], [others[0], 6]], 'a day that is not sealed, or was only looked at, took nothing in');
      assert.ok(intakes.every(({ seconds }) => seconds >= 0.02 && seconds < longest), JSON.stringify(intakes));
      assert.deepEqual(await store.readIntakes('timed', 1), intakes.slice(0, 1));
      assert.deepEqual(await store.readIntakes('nobody', 10), []);
    });

    test('a generation is numbered once for each content and mapping, also when many ask at once', async () => {
      const claim = (sourceVersion: string, mappingHash = 'm1') => asItsStep(() => store.claimGeneration({ property: 'numbers', day, sourceVersion, mappingHash }));
      const first = await Promise.all(Array.from({ length: 8 }, () => claim('v1')));
      assert.deepEqual(first, Array(8).fill({ generation: 1, isSealed: false }));
      const others = await Promise.all([claim('v2'), claim('v3'), claim('v1', 'm2')]);
      assert.deepEqual(others.map(({ generation }) => generation).sort(), [2, 3, 4]);
      await store.sealGeneration(manifestOf('numbers', 1));
      await store.sealGeneration(manifestOf('numbers', 1, { rows: 1000 }));
      assert.deepEqual(await claim('v1'), { generation: 1, isSealed: true });
      assert.deepEqual(await store.readManifest({ property: 'numbers', day, generation: 1 }), manifestOf('numbers', 1));
      assert.equal(await store.readManifest({ property: 'numbers', day, generation: 2 }), null);
    });

    test('a slow old attempt cannot move the pointer over a newer one', async () => {
      for (const sourceVersion of ['v1', 'v2']) {
        const { generation } = await store.claimGeneration({ property: 'pointer', day, sourceVersion, mappingHash: 'm1' });
        await store.sealGeneration(manifestOf('pointer', generation, { sourceVersion, rows: generation * 10 }));
      }
      const move = (generation: number, expected: number) => store.moveCurrent({ property: 'pointer', day, generation, expected, state: 'final', reason: null });
      assert.deepEqual([await move(2, 0), await move(1, 0), await move(2, 0)], [true, false, true]);
      const [status] = await store.readDays('pointer', day, day);
      assert.deepEqual([status?.generation, status?.rows, status?.state, status?.sourceVersion], [2, 20, 'final', 'v2']);
      assert.ok((status?.knownAtUs ?? 0) > 1.6e15);
    });

    test('a verdict is changed only over the one that was judged again, and twice is once', async () => {
      await store.claimGeneration({ property: 'judged-again', day, sourceVersion: 'v1', mappingHash: 'm1' });
      await store.sealGeneration(manifestOf('judged-again', 1));
      const judge = (was: DayState, state: DayState) => store.moveCurrent({ property: 'judged-again', day, generation: 1, expected: 1, was, state, reason: null, checks: [{ check: 'volume', level: state === 'final' ? 'ok' : 'fail', sentence: null }] });
      await store.moveCurrent({ property: 'judged-again', day, generation: 1, expected: 0, state: 'final', reason: null });
      assert.deepEqual([await judge('final', 'low-volume'), await judge('final', 'low-volume')], [true, true]);
      await store.markDay({ property: 'judged-again', day, state: 'waived', reason: 'known' });
      assert.equal(await judge('low-volume', 'final'), false);
      const [status] = await store.readDays('judged-again', day, day);
      assert.deepEqual([status?.state, status?.reason, status?.checks], ['waived', 'known', [{ check: 'volume', level: 'fail', sentence: null }]]);
    });

    test('a mark keeps the generation, and days come back in order with their newest state', async () => {
      const next = addDays(day, 1);
      await store.markDay({ property: 'marks', day: next, state: 'missing', reason: 'no file' });
      await store.claimGeneration({ property: 'marks', day, sourceVersion: 'v1', mappingHash: 'm1' });
      assert.deepEqual((await store.readDays('marks', day, next)).map((status) => status.day), [next], 'a day that is being loaded has no status yet');
      await store.sealGeneration(manifestOf('marks', 1, { state: 'bad-rows' }));
      await store.moveCurrent({ property: 'marks', day, generation: 1, expected: 0, state: 'bad-rows', reason: 'half of it' });
      await store.markDay({ property: 'marks', day, state: 'waived', reason: 'known' });
      const read = await store.readDays('marks', addDays(day, -3), addDays(day, 3));
      assert.deepEqual(read.map((status) => [status.day, status.state, status.generation, status.rows, status.reason]), [[day, 'waived', 1, 3, 'known'], [next, 'missing', 0, 0, 'no file']]);
    });

    test('histories come whole, by user and in time order, from any number of days in any order', async () => {
      // Ids whose order differs between UTF-8 bytes and UTF-16 units.
      const people = [...Array.from({ length: 60 }, (_, index) => `person-${index}`), '\u{1F600}', '\uFF5E', 'é', 'z'];
      const days = daysFromTo('2011-09-01', '2011-09-30').map((each) => ({ day: each, generation: 1 }));
      const all = days.flatMap(({ day: on }, index) => eventsOf(on, people.filter((_, person) => (person + index) % 3 !== 0), 4));
      for (const { day: on, generation } of days) await store.writeEvents({ property: 'histories', day: on, generation }, shards, all.filter((event) => event.eventKey.startsWith(on)));
      const found: PersonHistory[] = [];
      for (let shard = 0; shard < shards; shard += 1) {
        const ofShard: PersonHistory[] = [];
        for await (const person of store.readShard({ property: 'histories', shard, days })) ofShard.push(person);
        assert.deepEqual(ofShard.map(({ user }) => user), ofShard.map(({ user }) => user).toSorted(compareUsers));
        assert.ok(ofShard.every(({ user }) => shardOf(user, shards) === shard));
        const middle = ofShard[Math.floor(ofShard.length / 2)] as PersonHistory;
        const again: PersonHistory[] = [];
        for await (const person of store.readShard({ property: 'histories', shard, days: days.toReversed() })) again.push(person);
        assert.deepEqual(again, ofShard);
        assert.deepEqual(await store.readPerson({ property: 'histories', shard, days, user: middle.user }), middle);
        found.push(...ofShard);
      }
      const expected = Map.groupBy(all, (event) => event.user);
      assert.equal(found.length, expected.size);
      for (const { user, events } of found) {
        const own = (expected.get(user) ?? []).toSorted((a, b) => a.timeUs - b.timeUs).map(({ timeUs, name: what, value, group }) => ({ user, timeUs, name: what, value, group }));
        assert.deepEqual(events, own);
      }
      assert.equal(await store.readPerson({ property: 'histories', shard: 0, days, user: 'nobody' }), null);
    });

    test('rows written twice are there once, and a measure proves it', async () => {
      const key = { property: 'twice', day, generation: 1 };
      const events = eventsOf(day, ['a', 'b', 'c'], 700);
      await store.writeEvents(key, shards, events);
      await store.writeEvents(key, shards, events.slice(500, 1500));
      const eventNames = { counts: [['visit', 2100]], others: 0 };
      assert.deepEqual(await store.measureGeneration(key, shards), { rows: 2100, people: 3, checksum: addToChecksum(emptyChecksum, events.map((event) => event.eventKey)), eventNames });
    });

    test('names of events are counted over all shards, the most frequent first, and beyond a thousand together', async () => {
      const key = { property: 'names', day, generation: 1 };
      const events = eventsOf(day, ['a', 'b', 'c', 'd', 'e'], 30).map((event, index) => ({ ...event, name: index % 5 === 0 ? 'purchase' : index % 5 === 1 ? '"quoted" naïve 名' : 'visit' }));
      await store.writeEvents(key, shards, events);
      assert.deepEqual((await store.measureGeneration(key, shards)).eventNames, { counts: [['visit', 90], ['"quoted" naïve 名', 30], ['purchase', 30]], others: 0 });
      const many = eventsOf(day, ['a'], 1400).map((event, index) => ({ ...event, name: `n${index}` }));
      await store.writeEvents({ ...key, generation: 2 }, shards, many);
      const { counts, others } = (await store.measureGeneration({ ...key, generation: 2 }, shards)).eventNames;
      assert.deepEqual([counts.length, others], [1000, 400]);
    });

    test('a manifest keeps names, verdicts and what its rows stand for; the day shows the verdicts of its newest look, and of a waive those that were waived', async () => {
      const key = { property: 'verdicts', day, generation: 1 };
      const eventNames = { counts: [['visit', 2], ['naïve "名"', 1]], others: 7 } as const;
      const checks: CheckVerdict[] = [{ check: 'volume', level: 'ok', sentence: null }, { check: 'renamed-event', level: 'fail', sentence: '"purchase" is gone and "buy" is new' }];
      await store.claimGeneration({ property: 'verdicts', day, sourceVersion: 'v1', mappingHash: 'm1' });
      const sourceEvents = { known: 2 ** 40, anonymous: 0 };
      await store.sealGeneration(manifestOf('verdicts', 1, { eventNames, checks, sourceEvents, state: 'renamed-event', reason: 'why' }));
      assert.deepEqual(await store.readManifest(key), manifestOf('verdicts', 1, { eventNames, checks, sourceEvents, state: 'renamed-event', reason: 'why' }));
      const shown = async () => (await store.readDays('verdicts', day, day)).map((status) => [status.state, status.checks]);
      await store.moveCurrent({ ...key, expected: 0, state: 'renamed-event', reason: 'why', checks });
      assert.deepEqual(await shown(), [['renamed-event', checks]]);
      assert.deepEqual((await store.readDays('verdicts', day, day))[0]?.sourceEvents, sourceEvents, 'what a day is judged again by is read with it');
      await store.markDay({ property: 'verdicts', day, state: 'waived', reason: 'known' });
      assert.deepEqual(await shown(), [['waived', checks]]);
      const warns: CheckVerdict[] = [{ check: 'volume', level: 'warn', sentence: 'few' }];
      await store.moveCurrent({ ...key, expected: 1, state: 'final', reason: null, checks: warns });
      assert.deepEqual(await shown(), [['final', warns]]);
      await store.moveCurrent({ ...key, expected: 1, state: 'final', reason: null, checks: [] });
      assert.deepEqual(await shown(), [['final', []]], 'verdicts alone may change');
      await store.moveCurrent({ ...key, expected: 1, state: 'renamed-event', reason: 'why', checks });
      await store.markDay({ property: 'verdicts', day, state: 'missing', reason: 'no file' });
      assert.deepEqual(await shown(), [['missing', []]]);
      assert.deepEqual((await store.readManifest(key))?.checks, checks, 'the manifest says how it was when it was sealed');
    });

    test('sessions are pairs of a person and a group', async () => {
      const key = { property: 'sessions', day, generation: 1 };
      const groups: readonly (readonly [string, string | null])[] = [['a', 's1'], ['a', 's1'], ['a', null], ['a', 's2'], ['b', 's1'], ['c', null], ['a', 's1']];
      await store.writeEvents(key, shards, groups.map(([user, group], index) => ({ user, timeUs: startOfDay(day, 'UTC') + index, name: 'visit', value: null, group, eventKey: `${index}.0`, payload: '{}' })));
      assert.equal(await store.countSessions(key, shards), 3);
      assert.equal(await store.countSessions({ ...key, generation: 2 }, shards), 0);
    });

    test('quarantine keeps place, reason and text', async () => {
      const rows = Array.from({ length: 300 }, (_, position) => ({ position, file: 'f.csv', line: position + 2, reason: 'bad time', payload: 'x'.repeat(500) }));
      await store.writeQuarantine({ property: 'bad', day, generation: 1 }, rows);
      assert.deepEqual(await store.readQuarantine({ property: 'bad', day, generation: 1 }, 250), rows.slice(0, 250));
      assert.deepEqual(await store.readQuarantine({ property: 'bad', day, generation: 1 }, 10, rows[249]!.position), rows.slice(250, 260));
    });

    test('a dropped generation is gone and its number is not given again; the current one cannot be dropped', async () => {
      const claim = () => store.claimGeneration({ property: 'dropped', day, sourceVersion: 'v1', mappingHash: 'm1' });
      const key = { property: 'dropped', day, generation: (await claim()).generation };
      await store.writeEvents(key, shards, eventsOf(day, ['a'], 5));
      await store.sealGeneration(manifestOf('dropped', 1));
      await store.moveCurrent({ ...key, expected: 0, state: 'final', reason: null });
      await assert.rejects(store.dropGeneration(key, shards), isFailure('bad-argument'));
      const second = await store.claimGeneration({ property: 'dropped', day, sourceVersion: 'v2', mappingHash: 'm1' });
      await store.sealGeneration(manifestOf('dropped', second.generation, { sourceVersion: 'v2' }));
      await store.moveCurrent({ ...key, generation: second.generation, expected: 1, state: 'final', reason: null });
      await store.dropGeneration(key, shards);
      assert.equal((await store.measureGeneration(key, shards)).rows, 0);
      assert.equal(await store.readManifest(key), null);
      assert.deepEqual(await claim(), { generation: 3, isSealed: false });
    });

    test('what was billed is summed over versions, those that were given up too, each version once', async () => {
      const claim = (on: string, sourceVersion: string) => store.claimGeneration({ property: 'billed', day: on, sourceVersion, mappingHash: 'm1' });
      const [before, next] = [addDays(day, -1), addDays(day, 1)];
      const drop = (bytesBilled: number, generation = 1) => store.dropGeneration({ property: 'billed', day, generation }, shards, { bytesBilled });
      assert.deepEqual(await store.readBilled('billed', before, next), { bytes: 0, givenUp: 0 });
      await claim(day, 'v1');
      await drop(10);
      await drop(10);
      assert.deepEqual(await store.readBilled('billed', before, next), { bytes: 10, givenUp: 10 });
      await claim(day, 'v1');
      await drop(15, 2);
      assert.deepEqual(await store.readBilled('billed', before, next), { bytes: 15, givenUp: 15 }, 'its jobs go on from the first one');
      await claim(day, 'v2');
      await store.sealGeneration(manifestOf('billed', 3, { sourceVersion: 'v2', bytesBilled: 2 ** 40 }));
      await drop(7, 3);
      await claim(next, 'v1');
      await store.dropGeneration({ property: 'billed', day: next, generation: 1 }, shards);
      assert.deepEqual(await store.readBilled('billed', before, next), { bytes: 2 ** 40 + 15, givenUp: 15 }, 'what was sealed keeps its own figure when its rows go');
      assert.deepEqual(await store.readBilled('billed', next, next), { bytes: 0, givenUp: 0 });
    });
  });
}
