import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cacheFolder, obtainOnce } from '../src/parts/cache.ts';
import { findProgram } from '../src/parts/find-program.ts';
import { run, runToEnd } from '../src/parts/run-command.ts';
import { cpuSecondsOf, type Figure } from './measure.ts';
import type { Cassandra } from '../src/stores/cassandra/connection.ts';
import type { BenchParts } from './parts.ts';

const version = '6.2.2';
const columns = 'property, day, generation, shard, user, event_time_us, event_key, name, value, event_group, payload';

export interface CopyRequest {
  readonly parts: BenchParts;
  readonly cassandra: Cassandra;
  /** The loaded generation whose rows are copied. */
  readonly from: { readonly property: string; readonly day: string; readonly shards: number };
}

/** cqlsh's `COPY FROM` of the same rows into the raw table: rows that are parsed, keyed and checked already. */
export async function benchCopy({ parts, cassandra, from }: CopyRequest): Promise<Figure> {
  const figure = { bench: 'ingest', what: '  cqlsh COPY FROM, ready-made rows', unit: 'rows/s' };
  const python = findProgram('python3');
  if (!python) return { ...figure, value: Number.NaN, note: 'not measured: python3 is not on the PATH' };
  try {
    const cqlsh = await obtainCqlsh(python);
    const file = join(parts.home, 'copy.csv');
    const rows = await writeRows(cassandra, from, file);
    const cassandraBefore = cpuSecondsOf(parts.cassandra.pid);
    const own = cpuSecondsOf(process.pid);
    const began = performance.now();
    const result = await runToEnd({
      command: join(cqlsh, 'bin/python'), timeoutMs: 600_000,
      args: ['-m', 'cqlshlib', parts.cassandra.host, String(parts.cassandra.port), '-k', cassandra.keyspace, '--consistency-level', 'LOCAL_QUORUM', '-e', `COPY raw_activity_stream_data (${columns}) FROM '${file}' WITH HEADER = false`],
    });
    const seconds = (performance.now() - began) / 1000;
    const imported = Number(/(\d+) rows imported/.exec(result.stdout)?.[1] ?? Number.NaN);
    if (imported !== rows) return { ...figure, value: Number.NaN, note: `not measured: ${imported} of ${rows} rows imported; ${result.stderr.trim().split('\n').at(-1) ?? ''}` };
    return { ...figure, value: rows / seconds, cpuSeconds: cpuSecondsOf(process.pid) - own, cassandraCpuSeconds: cpuSecondsOf(parts.cassandra.pid) - cassandraBefore, note: `cqlsh ${version}, its start included` };
  } catch (error) {
    return { ...figure, value: Number.NaN, note: `not measured: ${(error as Error).message.split('\n')[0]}` };
  }
}

/** A virtual environment in the cache, made once. It is renamed when whole, so its programs are run by its python, never by their first lines. */
async function obtainCqlsh(python: string): Promise<string> {
  const { folder } = await obtainOnce({
    cache: cacheFolder(), part: 'cqlsh', key: version,
    make: async (temporary) => {
      await run({ command: python, args: ['-m', 'venv', temporary], timeoutMs: 120_000 });
      await run({ command: join(temporary, 'bin/python'), args: ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `cqlsh==${version}`], timeoutMs: 300_000 });
    },
  });
  return folder;
}

async function writeRows(cassandra: Cassandra, { property, day, shards }: CopyRequest['from'], file: string): Promise<number> {
  let rows = 0;
  const query = `SELECT ${columns} FROM raw_activity_stream_data WHERE property = ? AND day = ? AND generation = 1 AND shard = ?`;
  const lines = async function* (): AsyncGenerator<string> {
    for (let shard = 0; shard < shards; shard += 1) {
      for await (const page of cassandra.pages(query, [property, day, shard], { pageRows: 2000 })) {
        rows += page.length;
        yield page.map((row) => `${['copied', ...row.values().slice(1)].map(cellOf).join(',')}\n`).join('');
      }
    }
  };
  await pipeline(Readable.from(lines()), createWriteStream(file));
  return rows;
}

function cellOf(value: unknown): string {
  const text = String(value ?? '');
  return /[",\n\\]/.test(text) ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : text;
}
