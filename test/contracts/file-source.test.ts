import assert from 'node:assert/strict';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { lookAt } from '../../src/connectors/files/day-files.ts';
import { createFileSource, type FileSourceOptions } from '../../src/connectors/files/file-source.ts';
import { testFolder } from '../world.ts';
import { activitySourceContract } from './activity-source.contract.ts';
import type { SourceRow } from '../../src/ports/activity-source.ts';

const day = '2011-10-04';
const columns = { user: { column: 'who' }, time: { column: 'at', format: 'iso' }, name: { column: 'what' }, value: { column: 'worth' } };
const records = [
  ...Array.from({ length: 37 }, (_, index) => ({ who: `p${index % 10}`, at: `2011-10-04T0${index % 9}:00:${10 + index}`, what: 'visit', worth: String(index) })),
  ...Array(3).fill({ who: 'p1', at: '2011-10-04T12:00:00', what: 'visit', worth: '' }),
  { who: '', at: '2011-10-04T12:00:00', what: 'visit', worth: '1' },
  { who: ' ', at: '2011-10-04T12:00:01', what: 'visit', worth: '1' },
  { who: 'p2', at: 'noon', what: 'visit', worth: '1' },
];
const asCsv = (rows: readonly object[]): string => ['who,at,what,worth', ...rows.map((row) => Object.values(row).join(','))].join('\n');
const asNdjson = (rows: readonly object[]): string => rows.map((row) => JSON.stringify(row)).join('\n');

const kinds: readonly { name: string; options: Partial<FileSourceOptions> & { file: string }; bytes: (rows: readonly object[]) => string | Buffer }[] = [
  { name: 'csv, one file a day', options: { file: '{day}.csv' }, bytes: asCsv },
  { name: 'gzip, CRLF and a byte order mark', options: { file: '{day}.csv.gz' }, bytes: (rows) => gzipSync(`\uFEFF${asCsv(rows).replaceAll('\n', '\r\n')}\r\n`) },
  { name: 'ndjson, one file a day', options: { file: '{day}.ndjson', format: 'ndjson' }, bytes: asNdjson },
  { name: 'csv, one file for all days', options: { file: 'all.csv' }, bytes: asCsv },
  { name: 'csv, equal rows counted on disk', options: { file: '{day}.csv', countedInMemory: 10 }, bytes: asCsv },
];

for (const { name, options, bytes } of kinds) {
  activitySourceContract(`files, ${name}`, async () => {
    const { folder, dispose } = await testFolder();
    const put = (rows: readonly object[]): Promise<void> => writeFile(join(folder, options.file.replace('{day}', day)), bytes(rows));
    await put(records);
    const source = createFileSource({ property: 'p', timeZone: 'UTC', folder, format: 'csv', columns, spool: join(folder, 'spool'), ...options });
    return { source, day, missingDay: '2011-10-05', change: () => put(records.slice(1)), dispose };
  });
}

suite('files, what goes to quarantine', () => {
  const read = async (text: string | Buffer, options: Partial<FileSourceOptions> = {}): Promise<SourceRow[]> => {
    const { folder, dispose } = await testFolder();
    try {
      await writeFile(join(folder, `${day}.csv`), text);
      const source = createFileSource({ property: 'p', timeZone: 'UTC', folder, file: '{day}.csv', format: 'csv', columns, spool: join(folder, 'spool'), ...options });
      const look = await source.look(day);
      assert.ok(look.state === 'present');
      const rows: SourceRow[] = [];
      for await (const batch of source.read(day, { sourceVersion: look.sourceVersion, from: 0, batchRows: 100 })) rows.push(...batch);
      return rows;
    } finally {
      await dispose();
    }
  };
  const said = (rows: readonly SourceRow[]): string[] => rows.map((row) => `${row.line} ${row.kind === 'rejected' ? row.reason : row.kind}`);
  const good = `p1,${day}T10:00:00,visit,1`;

  test('each kind of bad row, with its line and its reason, and the good rows around it', async () => {
    const text = ['who,at,what,worth', good, `p1,${day}T10:00:00,visit`, `p1,${day}T10:00:00,visit,one`, 'p1,2011-10-05T00:00:00,visit,1', `p\0,${day}T10:00:00,visit,1`, `p1,${day}T10:00:00,${'x'.repeat(1024 * 1024)},1`, `"p1,${day}T10:00:00,visit,1`, good].join('\n');
    assert.deepEqual(said(await read(text)), [
      '2 event', '3 ragged line: 3 fields, expected 4', '4 worth is not a number', '5 at is outside the day', '6 a field holds NUL', '7 a field has 1 MiB or more', '8 a quote is never closed', '9 event',
    ]);
  });

  test('half a surrogate pair and bytes that are not UTF-8', async () => {
    const json = [{ who: 'p1', at: `${day}T10:00:00`, what: 'visit' }].map((row) => JSON.stringify(row));
    assert.deepEqual(said(await read(`${json[0]}\n{"who":"\\ud800","at":"${day}T10:00:00","what":"visit"}\n[1]\n`, { format: 'ndjson' })), ['1 event', '2 a field holds half a surrogate pair', '3 the line is not a JSON object']);
    assert.deepEqual(said(await read(Buffer.concat([Buffer.from(`who,at,what,worth\n${good}\np`), Buffer.from([0xe9]), Buffer.from(`,${day}T10:00:00,visit,1\n`)]))), ['2 event', '3 a field holds bytes that are not UTF-8']);
  });

  test('quoted fields with delimiters, quotes and line ends are one record', async () => {
    const rows = await read(`who,at,what,worth\n"p,1",${day}T10:00:00,"said ""no""\nand left",2\n${good}\n6" nails,${day}T11:00:00,visit,3\n`);
    assert.deepEqual(said(rows), ['2 event', '4 event', '5 event']);
    assert.ok(rows[0]?.kind === 'event' && rows[0].event.user === 'p,1' && rows[0].event.name === 'said "no"\nand left');
    assert.ok(rows[2]?.kind === 'event' && rows[2].event.user === '6" nails');
  });

  test('columns separated by spaces, and numbers beyond 2^53', async () => {
    const spaced = await read(` who  at what worth\r\n 00001 ${day}T10:00:00  buy   11.77\r\n`, { delimiter: 'whitespace' });
    assert.ok(spaced[0]?.kind === 'event' && spaced[0].event.user === '00001' && spaced[0].event.value === 11.77);
    const exact = await read(`{"who":9007199254740993,"at":"${day}T10:00:00","what":"visit"}`, { format: 'ndjson' });
    assert.ok(exact[0]?.kind === 'event' && exact[0].event.user === '9007199254740993');
  });
});

suite('files that cannot be read are named, with what to do', () => {
  /** What a source over `file` says of the day, after `lay` has prepared its folder. */
  async function lookOver(lay: (path: string) => Promise<unknown>, file = '{day}.csv') {
    const { folder, dispose } = await testFolder();
    try {
      await lay(join(folder, file.replace('{day}', day)));
      return await createFileSource({ property: 'p', timeZone: 'UTC', folder, file, format: 'csv', columns, spool: join(folder, 'spool') }).look(day);
    } finally {
      await dispose();
    }
  }
  const locked = async (path: string): Promise<void> => {
    await writeFile(path, asCsv(records));
    await chmod(path, 0);
  };
  const cases: [what: string, lay: (path: string) => Promise<unknown>, says: RegExp][] = [
    ['a folder where the file should be', (path) => mkdir(path), /(2011-10-04|all)\.csv cannot be read \(EISDIR\): it is not a file: put the file there in its place$/],
    ['links that lead round in a circle', (path) => symlink(path, path), /(2011-10-04|all)\.csv cannot be read \(ELOOP\): its links lead round/],
  ];
  // Root may read everything; what is said then is tested below.
  if (process.getuid?.() !== 0) cases.push(['a file without the right to read it', locked, /(2011-10-04|all)\.csv cannot be read \(EACCES\): the user of the worker may not read it: .*chmod/]);
  for (const [what, lay, says] of cases) {
    for (const file of ['{day}.csv', 'all.csv']) {
      test(`${what}: ${file}`, async () => {
        const look = await lookOver(lay, file);
        assert.ok(look.state === 'unreadable', JSON.stringify(look));
        assert.match(look.sentence, says);
      });
    }
  }

  test('what passes by itself is tried again', async () => {
    const busy = Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    await assert.rejects(lookAt('some.csv', () => Promise.reject(busy)), busy);
    const refused = Object.assign(new Error('refused'), { code: 'EACCES' });
    assert.deepEqual(await lookAt('some.csv', () => Promise.reject(refused)), { state: 'unreadable', sentence: 'some.csv cannot be read (EACCES): the user of the worker may not read it: give it the right to (chmod, chown)' });
  });
});
