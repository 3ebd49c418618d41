import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { tableFromIPC } from 'apache-arrow';
import { formatOf, writeRows, type Format } from '../../src/main/cli/score-rows.ts';
import { testFolder } from '../world.ts';
import type { ScoredRow } from '../../src/ports/people-store.ts';

suite('exported scores', () => {
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  before(async () => {
    scratch = await testFolder();
  });
  after(() => scratch.dispose());

  /** The first is somebody whom CSV has to quote. */
  const person = (at: number): ScoredRow => ({ user: at === 0 ? 'a, "b"\nc' : `p${at}`, prediction: 1 / (at + 3), decile: (at % 10) + 1, features: [at, 0.25 - at] });
  async function* people(count: number): AsyncGenerator<ScoredRow> {
    for (let at = 0; at < count; at += 1) yield person(at);
  }
  /** The file's bytes; there is nothing beside it. */
  async function exported(count: number, format: Format, featureNames: readonly string[]): Promise<Buffer> {
    const name = `${format}-${count}-${featureNames.length}`;
    assert.equal(await writeRows(people(count), { format, featureNames, out: join(scratch.folder, name) }), count);
    assert.ok(readdirSync(scratch.folder).every((file) => !file.includes('draft')));
    return readFileSync(join(scratch.folder, name));
  }
  /** What a reader of the format finds: names of columns, and rows as they were written. */
  const read: Record<Format, (bytes: Buffer) => { names: string[]; rows: unknown[][] }> = {
    csv: (bytes) => {
      const [heading, ...lines] = bytes.toString().replace('"a, ""b""\nc"', 'first').trimEnd().split('\n');
      return { names: heading!.split(','), rows: lines.map((line) => line.split(',').map((cell, at) => (at === 0 ? (cell === 'first' ? person(0).user : cell) : Number(cell)))) }; // a heading is always there
    },
    ndjson: (bytes) => {
      const rows = bytes.toString().split('\n').slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>);
      return { names: Object.keys(rows[0] ?? {}), rows: rows.map((row) => Object.values(row)) };
    },
    arrow: (bytes) => {
      const table = tableFromIPC(bytes);
      return { names: table.schema.names.map(String), rows: table.toArray().map((row) => Object.values((row as { toJSON(): Record<string, unknown> }).toJSON())) };
    },
  };

  for (const format of ['csv', 'ndjson', 'arrow'] as const) {
    for (const featureNames of [[], ['recency', 'rhythm']]) {
      test(`${format} ${featureNames.length > 0 ? 'with' : 'without'} features has every row, over more than two batches`, async () => {
        const { names, rows } = read[format](await exported(12_001, format, featureNames));
        assert.deepEqual(names, ['user', 'prediction', 'decile', ...featureNames]);
        assert.deepEqual(rows, Array.from({ length: 12_001 }, (_, at) => {
          const { user, prediction, decile, features } = person(at);
          return [user, prediction, decile, ...(featureNames.length > 0 ? features : [])];
        }));
      });
    }

    test(`${format} of nobody can be read`, async () => {
      const { names, rows } = read[format](await exported(0, format, ['recency']));
      assert.deepEqual([names, rows], [format === 'ndjson' ? [] : ['user', 'prediction', 'decile', 'recency'], []]);
    });
  }

  test('a file whose rows break off does not appear', async () => {
    const broken = async function* () {
      yield person(1);
      throw new Error('the store went away');
    };
    for (const format of ['csv', 'ndjson', 'arrow'] as const) {
      await assert.rejects(writeRows(broken(), { format, featureNames: [], out: join(scratch.folder, `broken.${format}`) }), /the store went away/);
    }
    assert.deepEqual(readdirSync(scratch.folder).filter((file) => file.startsWith('broken')), []);
  });

  test('the format is what the file is named for', () => {
    const named = ['a.csv', 'a.ndjson', 'a.jsonl', 'a.arrow', 'a.arrows', 'a'].map((file) => formatOf(file));
    assert.deepEqual([...named, formatOf(undefined), formatOf(undefined, true)], ['csv', 'ndjson', 'ndjson', 'arrow', 'arrow', 'csv', 'csv', 'ndjson']);
  });
});
