import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import type { ActivitySource, SourceRow } from '../../src/ports/activity-source.ts';

/** A source that holds, on `day`: 40 events of 10 people, of which 3 are equal, 2 rows without a person and 1 bad row; nothing on `missingDay`. */
export interface SourceUnderTest {
  readonly source: ActivitySource;
  readonly day: string;
  readonly missingDay: string;
  /** Changes what the source holds on `day`. */
  change(): Promise<void>;
  dispose(): Promise<void>;
}

/** What every source of activity does, whatever is behind it. */
export function activitySourceContract(name: string, open: () => Promise<SourceUnderTest>): void {
  suite(`activity source: ${name}`, () => {
    let under: SourceUnderTest;
    before(async () => (under = await open()));
    after(() => under.dispose());

    test('a look says the same version as long as nothing changes', async () => {
      const look = await under.source.look(under.day);
      assert.deepEqual(await under.source.look(under.day), look);
      assert.ok(look.state === 'present' && look.records === 43, 'and how many records there are, read or not');
      assert.deepEqual(await under.source.look(under.day, { known: look.sourceVersion }), look, 'also when it is stored already');
    });

    test('a day that is not there is missing, and what was expected is named', async () => {
      const look = await under.source.look(under.missingDay);
      assert.equal(look.state, 'missing');
      assert.ok(look.state === 'missing' && look.expected.length > 0);
    });

    test('every record is an event, without a person, or rejected with a reason', async () => {
      const rows = await readAll(under, 0, 1000);
      assert.deepEqual(rows.map((row) => row.position), rows.map((_, index) => index));
      const counts = { event: 0, anonymous: 0, rejected: 0 };
      for (const row of rows) counts[row.kind] += 1;
      assert.deepEqual(counts, { event: 40, anonymous: 2, rejected: 1 });
      assert.ok(rows.every((row) => row.kind !== 'rejected' || (row.reason.length > 0 && row.line > 0)));
    });

    test('event keys are unique, equal rows included', async () => {
      const keys = (await readAll(under, 0, 1000)).flatMap((row) => (row.kind === 'event' ? [row.eventKey] : []));
      assert.equal(new Set(keys).size, 40);
    });

    test('rows are the same whatever the batches and wherever reading begins', async () => {
      const whole = await readAll(under, 0, 1000);
      for (const batchRows of [1, 7, 43]) assert.deepEqual(await readAll(under, 0, batchRows), whole);
      for (const from of [1, 20, 42, 43]) assert.deepEqual(await readAll(under, from, 5), whole.slice(from));
    });

    test('a check finds something to say', async () => {
      assert.ok((await under.source.check([under.day])).length > 0);
    });

    test('what changed has another version, and the old one cannot be read any more', async () => {
      const look = await under.source.look(under.day);
      assert.ok(look.state === 'present');
      await under.change();
      const now = await under.source.look(under.day);
      assert.ok(now.state === 'present' && now.sourceVersion !== look.sourceVersion);
      const read = async (): Promise<void> => {
        for await (const _rows of under.source.read(under.day, { sourceVersion: look.sourceVersion, from: 0, batchRows: 10 }));
      };
      await assert.rejects(read, (error) => error instanceof Failure && error.code === 'day-changed-while-read');
    });
  });
}

async function readAll({ source, day }: SourceUnderTest, from: number, batchRows: number): Promise<SourceRow[]> {
  const look = await source.look(day);
  assert.ok(look.state === 'present');
  const rows: SourceRow[] = [];
  for await (const batch of source.read(day, { sourceVersion: look.sourceVersion, from, batchRows })) {
    assert.ok(batch.length <= batchRows);
    rows.push(...batch);
  }
  return rows;
}
