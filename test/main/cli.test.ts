import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createFileSource } from '../../src/connectors/files/file-source.ts';
import { propertyOf, readConfig } from '../../src/config.ts';
import { addDays, weekdayOf, type Day } from '../../src/domain/calendar/day.ts';
import { openDays } from '../../src/domain/calendar/property-calendar.ts';
import { EXIT_CODES } from '../../src/main/cli/exit-codes.ts';
import { createKeyFiles } from '../../src/stores/key-files.ts';

const root = path.resolve(import.meta.dirname, '../..');
const nobody = { TEMPORAL_ADDRESS: '127.0.0.1:1', ALMANAC_CASSANDRA: '127.0.0.1:1', ALMANAC_ENDPOINT_PORT: '1', ALMANAC_MODEL_SERVER_PORT: '1' };

let folder: string;
before(() => void (folder = mkdtempSync(path.join(tmpdir(), 'almanac-cli-'))));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Ended { code: number | null; out: string; err: string }

async function almanac(args: readonly string[], environment: Record<string, string> = {}): Promise<Ended> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(root, 'src/main/cli.ts'), ...args], {
    cwd: folder, env: { PATH: process.env.PATH, HOME: process.env.HOME, TZ: 'Europe/Berlin', ALMANAC_HOME: path.join(folder, 'home'), ...environment }, stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code: code as number | null, out, err };
}

suite('the command almanac: help and errors', () => {
  before(() => copyFileSync(path.join(root, 'almanac.yaml'), path.join(folder, 'almanac.yaml')));

  test('says what it can do and what its exit codes mean', async () => {
    const { code, out, err } = await almanac(['--help']);
    assert.deepEqual([code, err], [0, '']);
    for (const word of ['init', 'source', 'start', 'stop', 'status', 'week', 'cohort', 'backfill', 'schedules', 'key', 'scores', '--json']) assert.ok(out.includes(word), word);
    for (const [number, meaning] of Object.values(EXIT_CODES)) assert.ok(out.includes(`${String(number).padStart(3)}  ${meaning}`), meaning);
  });

  const refused: [why: string, args: string[], exit: keyof typeof EXIT_CODES, says: RegExp][] = [
    ['an unknown command', ['wek'], 'badArgument', /Did you mean week/],
    ['a week that does not exist', ['week', 'run', 'shop', '2011-W53'], 'badArgument', /2011 has 52 ISO weeks/],
    ['a day that does not exist', ['source', 'retry', 'shop', '2011-02-30'], 'badArgument', /2011-02-30/],
    ['a stage that does not exist', ['week', 'rerun', 'shop', '2011-W48', '--from', 'bake'], 'badArgument', /expected one of days, extract, train/],
    ['a decision without a reason', ['week', 'approve', 'shop', '2011-W48'], 'badArgument', /--reason/],
    ['a blank reason', ['source', 'waive', 'shop', '2011-10-04', '--reason', ' '], 'badArgument', /a reason is expected/],
    ['a page of quarantine without a bound', ['source', 'quarantine', 'shop', '2011-10-04', '--limit', '100000'], 'badArgument', /"100000" is not a whole number from 1 to 1000/],
    ['a range that ends before it begins', ['backfill', 'plan', 'shop', '--from', '2011-02-02', '--to', '2011-02-01'], 'badArgument', /is after --to/],
    ['a cohort of nobody', ['cohort', 'start', 'shop', 'regulars', '--as-of', '2011-12-05'], 'badArgument', /either --list/],
    ['a property that is not configured', ['week', 'status', 'shoe', '2011-W48'], 'notFound', /"shoe" is not in the configuration \(it has: shop\)/],
    ['a configuration that is not there', ['--config', 'other.yaml', 'status'], 'badArgument', /other\.yaml cannot be read/],
    ['a key that is not on this machine', ['key', 'show', 'shop', '2011-W48'], 'notFound', /almanac key rotate shop 2011-W48/],
    ['a Temporal server that is down', ['week', 'run', 'shop', '2011-W48'], 'notReachable', /Temporal at 127\.0\.0\.1:1 does not answer/],
    ['a Cassandra that is down', ['scores', 'export', 'shop', '2011-W48'], 'notReachable', /Cassandra at 127\.0\.0\.1:1 does not answer/],
  ];
  for (const [why, args, exit, says] of refused) {
    test(`refuses ${why} with ${EXIT_CODES[exit][0]}, one line and no stack`, async () => {
      const { code, out, err } = await almanac(args, nobody);
      assert.deepEqual([code, out], [EXIT_CODES[exit][0], '']);
      assert.match(err, says);
      assert.doesNotMatch(err, /\n {4}at /);
    });
  }

  for (const [args, says] of [
    [['rollup', 'recompute', 'followers', 'day', '2019-02-31'], /^"2019-02-31" is not a day of the calendar\n$/],
    [['rollup', 'recompute', 'followers', 'day', '2019-07-01+01-00'], /^"2019-07-01\+01-00" has another offset than Europe\/Berlin on that day; expected 2019-07-01\+02-00\n$/],
    [['rollup', 'recompute', 'followers', 'hour', '2019-01-01_12-30'], /^"2019-01-01_12-30" is the name of a minute; expected a hour or more\n$/],
    [['rollup', 'recompute', 'followers', 'hour', '2019-01-02..2019-01-01'], /^the range 2019-01-02\.\.2019-01-01 ends before it begins\n$/],
    [['rollup', 'bring-in', 'followers', '2019-07-01+01-00'], /expected 2019-07-01\+02-00\n$/],
    [['rollup', 'bring-in', 'followers', '2019-01-01_24'], /^"2019-01-01_24" is not a time of the day\n$/],
    [['rollup', 'bring-in', 'followers', '2019-01-01_12-30'], /^"2019-01-01_12-30" is the name of a minute; expected a hour or more\n$/],
    [['aggregate', 'recompute', 'followers', '2019-02-31'], /^"2019-02-31" is not a day of the calendar\n$/],
    [['aggregate', 'recompute', 'followers', '2019-01-01_12'], /^"2019-01-01_12" is the name of a hour; expected a day or more\n$/],
    [['aggregate', 'recompute', 'followers', '2019-01-02..2019-01-01'], /^the range 2019-01-02\.\.2019-01-01 ends before it begins\n$/],
  ] as const) {
    test(`refuses ${args.join(' ')} in one line, before anything is started`, async () => {
      writeFileSync(path.join(folder, 'rollup.yaml'), 'properties: {}\nrollups: { followers: { firstDay: 2019-01-01, platforms: [twitter], timeZone: Europe/Berlin } }\n');
      const { code, out, err } = await almanac(['--config', 'rollup.yaml', ...args], nobody);
      assert.deepEqual([code, out], [EXIT_CODES.badArgument[0], '']);
      assert.match(err, says);
    });
  }

  const maps: [what: string, change: [string, string], says: RegExp][] = [
    ['no person', ['user:', 'person:'], /bad\.yaml: properties\.shop\.source\.columns: must have required properties user/],
    ['a time format that is none', ['"YYYY-MM-DD HH:mm:ss"', '"HH:mm"'], /bad\.yaml: properties\.shop\.source\.columns\.time, column "InvoiceDate": time format "HH:mm" is not known/],
    ['a column without a name', ['group: { column: InvoiceNo }', 'group: { column: "" }'], /bad\.yaml: properties\.shop\.source\.columns\.group\.column: must not have fewer than 1 characters/],
  ];
  for (const [what, [from, to], says] of maps) {
    test(`refuses a column map with ${what} before anything runs`, async () => {
      const text = readFileSync(path.join(root, 'almanac.yaml'), 'utf8');
      assert.ok(text.includes(from), from);
      writeFileSync(path.join(folder, 'bad.yaml'), text.replace(from, to));
      const { code, err } = await almanac(['--config', 'bad.yaml', 'status'], nobody);
      assert.equal(code, EXIT_CODES.badArgument[0]);
      assert.match(err, says);
    });
  }

  test('status says which parts are down, as text and as one JSON document', async () => {
    const shown = await almanac(['status'], nobody);
    assert.match(shown.out, /✗ {2}Temporal/);
    assert.match(shown.out, /✗ {2}Cassandra/);
    const { code, out } = await almanac(['status', '--json', '--exit-code'], nobody);
    assert.equal(code, EXIT_CODES.notReachable[0]);
    const report = JSON.parse(out) as { parts: { part: string; isReachable: boolean }[]; properties: { property: string; weeks: unknown }[] };
    assert.ok(report.parts.every(({ isReachable }) => !isReachable));
    assert.deepEqual(report.properties.map(({ property, weeks }) => [property, weeks]), [['shop', null]]);
  });

  test('stop is content when nothing runs', async () => {
    assert.deepEqual(await almanac(['stop', '--json']), { code: 0, out: '{"stopped":null}\n', err: '' });
  });

  test('shows the key and only the key, until it is forgotten', async () => {
    await createKeyFiles({ folder: path.join(folder, 'home', 'keys') }).createIfAbsent('shop/2011-W47', () => 'almanac_plain');
    assert.deepEqual(await almanac(['key', 'show', 'shop', '2011-W47'], nobody), { code: 0, out: 'almanac_plain\n', err: '' });
    assert.equal((await almanac(['key', 'forget', 'shop', '2011-W47'], nobody)).code, 0);
    assert.equal((await almanac(['key', 'show', 'shop', '2011-W47'], nobody)).code, EXIT_CODES.notFound[0]);
  });
});

suite('a property from somebody\'s own file', () => {
  const firstDay = '2026-01-05'; // a Monday
  const days = Array.from({ length: 70 }, (_, offset) => addDays(firstDay, offset));
  const today = addDays(firstDay, 75);
  const weekday = (day: Day): boolean => weekdayOf(day) <= 5;
  const put = (name: string, lines: readonly string[], gzip = false): void => writeFileSync(path.join(folder, name), gzip ? gzipSync(lines.join('\n')) : `${lines.join('\n')}\n`);
  const german = (day: Day): string => day.split('-').toReversed().join('/');
  const useConfig = (): void => copyFileSync(path.join(root, 'almanac.yaml'), path.join(folder, 'almanac.yaml'));

  /** The written configuration is valid, the default one's lines all stand where they stood, and the source's check finds nothing wrong. */
  async function accepted(property: string) {
    const file = path.join(folder, 'almanac.yaml');
    assert.ok(readFileSync(file, 'utf8').startsWith(readFileSync(path.join(root, 'almanac.yaml'), 'utf8').trimEnd()), 'what was there is unchanged');
    const settings = propertyOf(readConfig({}, file), property);
    const { source: written } = settings;
    assert.ok(written.kind === 'files');
    const { folder: at, file: name, format, delimiter, columns } = written;
    const source = createFileSource({ property, timeZone: settings.timeZone, folder: at, file: name, format, delimiter, columns, spool: path.join(folder, 'spool') });
    const findings = await source.check(openDays(settings.calendar.firstDay, settings.calendar.lastDay ?? days.at(-1)!, { ...settings.calendar, timeZone: settings.timeZone }));
    assert.deepEqual(findings.filter(({ level }) => level === 'error'), []);
    assert.ok(findings.every(({ level }) => level === 'ok'), 'closed days are not missing');
    assert.match(findings.at(-1)!.sentence, /: [1-9]\d* events, \d+ rows without a person, 0 not understood/);
    const checked = await almanac(['source', 'check', property, '--json']);
    assert.equal(checked.code, 0, checked.err);
    return { ...settings, source: written };
  }

  test('commas, ISO times, closed at weekends, one day without rows, quoted fields', async () => {
    useConfig();
    put('orders.csv', ['order_id,customer_id,ordered_at,total,note', ...days.filter(weekday).filter((day) => day !== '2026-02-03').flatMap((day, at) => [`${at},${17850 + (at % 7)},${day}T09:15:00Z,12.50,"a, ""b"""`, `${at}b,,${day}T10:15:00Z,3,`])]);
    const { code, out, err } = await almanac(['init', 'orders', '--file', 'orders.csv', '--time-zone', 'Europe/London', '--last-day', days.at(-3)!]);
    assert.equal(code, 0, err);
    assert.match(out, /npx almanac source check orders\n {2}npx almanac backfill run orders --from 2026-01-05 --to 2026-03-13 --weeks/);
    const settings = await accepted('orders');
    assert.equal(settings.timeZone, 'Europe/London');
    assert.deepEqual(settings.calendar, { firstDay, lastDay: '2026-03-13', closedWeekdays: [6, 7], closedDays: ['2026-02-03'] });
    assert.deepEqual(settings.source.columns, { user: { column: 'customer_id' }, time: { column: 'ordered_at', format: 'iso' }, name: { constant: 'activity' }, value: { column: 'total' }, group: { column: 'order_id' } });
  });

  test('semicolons, dd/mm times, decimal commas, customers as 17850.0, gzip', async () => {
    useConfig();
    put('visits.csv.gz', ['Customer ID;Visit Time;Amount;Type', ...days.map((day, at) => `${17850 + (at % 9)}.0;${german(day)} 18:30;12,50;${at % 2 ? 'in' : 'out'}`)], true);
    const { code, out, err } = await almanac(['init', 'visits', '--file', 'visits.csv.gz']);
    assert.equal(code, 0, err);
    assert.match(out, /days of Europe\/Berlin, this machine's zone/);
    assert.match(out, /"Amount" is not a number throughout/);
    const { source } = await accepted('visits');
    assert.equal(source.delimiter, ';');
    assert.deepEqual(source.columns, { user: { column: 'Customer ID', as: 'integer' }, time: { column: 'Visit Time', format: 'DD/MM/YYYY HH:mm' }, name: { column: 'Type' } });
  });

  test('NDJSON, one file a day, epoch milliseconds', async () => {
    useConfig();
    for (const day of days.filter((each) => each < today)) put(`app-${day}.ndjson`, [1, 2, 3].map((hour) => JSON.stringify({ account: `a${hour}`, event: 'open', ts: Date.parse(`${day}T0${hour}:00:00Z`) })));
    const { code, out, err } = await almanac(['init', 'app', '--file', 'app-{day}.ndjson', '--time-zone', 'UTC', '--json']);
    assert.equal(code, 0, err);
    assert.equal((JSON.parse(out) as { written: boolean }).written, true);
    const { source } = await accepted('app');
    assert.deepEqual([source.file, source.format], ['app-{day}.ndjson', 'ndjson']);
    assert.deepEqual(source.columns, { user: { column: 'account' }, time: { column: 'ts', format: 'epoch-millis' }, name: { column: 'event' } });
  });

  const unguessable: [why: string, lines: string[], says: RegExp, option: string[]][] = [
    ['no column is named like a person', ['who;at', ...days.map((day) => `u1;${day}`)], /has "who", "at"\. Say which one identifies who did it: --user-column/, ['--user-column', 'who']],
    ['day and month cannot be told apart', ['user,date', ...Array.from({ length: 12 }, (_, month) => `u1,${String(month + 1).padStart(2, '0')}/${String(month + 1).padStart(2, '0')}/2026`)], /"DD\/MM\/YYYY" or "MM\/DD\/YYYY": every row fits both\. Say --time-format/, ['--time-format', 'DD/MM/YYYY']],
    ['two columns tell a time', ['user,created_at,updated_at', ...days.map((day) => `u1,${day},${day}`)], /several columns with a time: "created_at", "updated_at"/, ['--time-column', 'created_at']],
  ];
  for (const [why, lines, says, option] of unguessable) {
    test(`refuses to guess when ${why}, writes nothing, and takes the option it names`, async () => {
      useConfig();
      const before = readFileSync(path.join(folder, 'almanac.yaml'), 'utf8');
      put('odd.csv', lines);
      const refused = await almanac(['init', 'odd', '--file', 'odd.csv']);
      assert.equal(refused.code, EXIT_CODES.badArgument[0]);
      assert.match(refused.err, says);
      assert.equal(refused.err.trim().split('\n').length, 1);
      assert.equal(readFileSync(path.join(folder, 'almanac.yaml'), 'utf8'), before);
      const told = await almanac(['init', 'odd', '--file', 'odd.csv', ...option, '--dry-run']);
      assert.equal(told.code, 0, told.err);
      assert.equal(readFileSync(path.join(folder, 'almanac.yaml'), 'utf8'), before, '--dry-run writes nothing');
    });
  }

  test('refuses a file without a header, one without times, one that is not there, and a name that is taken', async () => {
    useConfig();
    put('bare.csv', days.map((day) => `${day},17850,1`));
    put('timeless.csv', ['user,colour', 'u1,red', 'u2,blue']);
    put('american.csv', ['customer,when', 'u1,1/2/11 8:26', 'u2,12/1/10 8:26']);
    for (const [file, says] of [['bare.csv', /is not a header: its field 1 is a number or a time/], ['timeless.csv', /no column of timeless\.csv holds a time/], ['american.csv', /"when" looks like one, with two digits for the year/], ['none.csv', /none\.csv is not there/]] as const) {
      const { code, err } = await almanac(['init', 'other', '--file', file]);
      assert.equal(code, EXIT_CODES.badArgument[0]);
      assert.match(err, says);
    }
    put('fine.csv', ['user,at', ...days.map((day) => `u1,${day}`)]);
    const { code, err } = await almanac(['init', 'shop', '--file', 'fine.csv']);
    assert.equal(code, EXIT_CODES.badArgument[0]);
    assert.match(err, /"shop" is in almanac\.yaml already; choose another name, or --replace/);
  });
});
