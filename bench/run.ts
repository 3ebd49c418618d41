import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { obtainParts } from '../src/parts/obtain-all.ts';
import { createReportPrinter } from '../src/parts/report-printer.ts';
import { benchEndpoint } from './endpoint.ts';
import { benchExport } from './export.ts';
import { benchExtract } from './extract.ts';
import { benchIngest } from './ingest.ts';
import { benchRollup } from './rollup.ts';
import { benchSoak } from './soak.ts';
import { keepFigures } from './last-figures.ts';
import { startParts, type BenchParts } from './parts.ts';
import { tableOf } from './report.ts';
import { benchWeek } from './week.ts';
import type { Figure } from './measure.ts';

/**
 * `npm run bench`: every bench on parts of its own, one after the other, one table at the end; `bench/last.json` keeps the
 * newest figures of each.
 * `npm run bench -- ingest week` runs only those; `soak`, which takes its minutes, only when it is named. Sizes: --rows, --people, --week,
 * --rounds, --largest; of rollup --readings, --members, --days, of soak --minutes.
 */
const { values, positionals } = parseArgs({
  options: {
    rows: { type: 'string', default: '30000' },
    people: { type: 'string', default: '1000' },
    week: { type: 'string', default: '2011-W36' },
    rounds: { type: 'string', default: '3' },
    largest: { type: 'string', default: '1000000' },
    readings: { type: 'string', default: '1000000' },
    members: { type: 'string', default: '50' },
    days: { type: 'string', default: '30' },
    minutes: { type: 'string', default: '10' },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds);
const onSharedParts: Record<string, (parts: BenchParts) => Promise<Figure[]>> = {
  ingest: (parts) => benchIngest(parts, { rows: Number(values.rows), rounds, larger: 8 }, log),
  export: (parts) => benchExport(parts, { rows: Number(values.rows), rounds, largest: Number(values.largest) }, log),
  extract: (parts) => benchExtract(parts, { people: Number(values.people) }, log),
  rollup: (parts) => benchRollup(parts, { readings: Number(values.readings), members: Number(values.members), days: Number(values.days) }, rounds, log),
  soak: (parts) => benchSoak(parts, { minutes: Number(values.minutes) }, log),
  endpoint: (parts) => benchEndpoint(parts, { rounds: rounds + 1, roundMs: 4_000 }),
};
const onItsOwn: Record<string, (home: string) => Promise<Figure[]>> = {
  week: (home) => benchWeek(home, { week: values.week, rounds }, log),
};
const known = [...Object.keys(onSharedParts), ...Object.keys(onItsOwn)];
const unknown = positionals.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`there is no bench ${unknown.join(', ')}; there are ${known.join(', ')}\n`);
  process.exit(1);
}
const asked = positionals.length > 0 ? positionals : known.filter((name) => name !== 'soak');

const began = Date.now();
const obtained = await obtainParts({ report: createReportPrinter(process.stdout) });
const home = mkdtempSync(join(tmpdir(), 'almanac-bench-'));
let running: BenchParts | null = null;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void cleanUp().then(() => process.exit(130)));
try {
  const figures = await measureAll();
  process.stdout.write(`\n${tableOf(figures)}\n\nin ${Math.round((Date.now() - began) / 1000)} s\n`);
} finally {
  await cleanUp();
}
process.exit();

async function measureAll(): Promise<Figure[]> {
  const all: Figure[] = [];
  const keep = (name: string, figures: readonly Figure[]): void => {
    all.push(...figures);
    keepFigures(name, values, figures);
  };
  const shared = Object.entries(onSharedParts).filter(([name]) => asked.includes(name));
  if (shared.length > 0) {
    running = await startParts(home, obtained);
    for (const [name, bench] of shared) keep(name, await bench(running));
    await running.stop();
  }
  for (const [name, bench] of Object.entries(onItsOwn).filter(([name]) => asked.includes(name))) keep(name, await bench(home));
  return all;
}

async function cleanUp(): Promise<void> {
  await running?.stop();
  rmSync(home, { recursive: true, force: true });
}

function log(line: string): void {
  process.stdout.write(`  ${line}\n`);
}
