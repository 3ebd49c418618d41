import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ScoredRow } from '../../ports/people-store.ts';

export const FORMATS = ['csv', 'ndjson', 'arrow'] as const;
export type Format = (typeof FORMATS)[number];

/** The format nobody named: what the file's name says, CSV where it says nothing; on stdout, NDJSON for programs. */
export function formatOf(out: string | undefined, isJson = false): Format {
  if (out === undefined) return isJson ? 'ndjson' : 'csv';
  if (/\.(ndjson|jsonl)$/.test(out)) return 'ndjson';
  return /\.arrows?$/.test(out) ? 'arrow' : 'csv';
}

export interface Writing {
  readonly format: Format;
  /** Names of the features to write after user, prediction and decile; none when empty. */
  readonly featureNames: readonly string[];
  /** stdout when absent; else a file that appears whole or not at all. */
  readonly out: string | undefined;
}

const ROWS_A_BATCH = 5000;
/** Continuation and a length of 0: how an Arrow stream ends. */
const ARROW_END_BYTES = 8;

/** Writes the rows as they come, no faster than the reader takes them; how many there were. Memory is bounded by a batch. */
export async function writeRows(rows: AsyncIterable<ScoredRow>, { format, featureNames, out }: Writing): Promise<number> {
  let count = 0;
  const counted = (async function* () {
    for await (const row of rows) {
      count += 1;
      yield row;
    }
  })();
  const bytes = Readable.from(encode[format](counted, featureNames), { objectMode: false });
  if (out === undefined) {
    await pipeline(bytes, process.stdout, { end: false });
    return count;
  }
  const draft = `${out}.${process.pid}.draft`;
  try {
    await pipeline(bytes, createWriteStream(draft));
    await rename(draft, out);
  } finally {
    await rm(draft, { force: true });
  }
  return count;
}

const encode: Record<Format, (rows: AsyncIterable<ScoredRow>, featureNames: readonly string[]) => AsyncIterable<Uint8Array | string>> = {
  async *csv(rows, featureNames) {
    yield `${['user', 'prediction', 'decile', ...featureNames].join(',')}\n`;
    for await (const some of batched(rows)) {
      yield some.map(({ user, prediction, decile, features }) => `${[csvCell(user), prediction, decile, ...(featureNames.length > 0 ? features : [])].join(',')}\n`).join('');
    }
  },
  async *ndjson(rows, featureNames) {
    for await (const some of batched(rows)) {
      yield some.map(({ user, prediction, decile, features }) => `${JSON.stringify({ user, prediction, decile, ...Object.fromEntries(featureNames.map((name, at) => [name, features[at]])) })}\n`).join('');
    }
  },
  /** An Arrow IPC stream: utf8, double, 8-bit integer, and a double for each feature. */
  async *arrow(rows, featureNames) {
    const { Field, Float64, Int8, RecordBatch, RecordBatchStreamWriter, Schema, Struct, Utf8, makeData, vectorFromArray } = await import('apache-arrow');
    const schema = new Schema([new Field('user', new Utf8(), false), new Field('prediction', new Float64(), false), new Field('decile', new Int8(), false), ...featureNames.map((name) => new Field(name, new Float64(), false))]);
    // A stream is its schema, its batches and an end. Each batch is encoded by itself, so that one is in memory and a reader that fails or stops ends the rest.
    const streamOf = (batches: readonly InstanceType<typeof RecordBatch>[]): Uint8Array => {
      const writer = new RecordBatchStreamWriter();
      writer.reset(undefined, schema);
      for (const batch of batches) writer.write(batch);
      writer.finish();
      return writer.toUint8Array(true);
    };
    const empty = streamOf([]);
    const headBytes = empty.length - ARROW_END_BYTES;
    yield empty.subarray(0, headBytes);
    for await (const some of batched(rows)) {
      const columns = [
        vectorFromArray(some.map(({ user }) => user), new Utf8()), vectorFromArray(some.map(({ prediction }) => prediction), new Float64()), vectorFromArray(some.map(({ decile }) => decile), new Int8()),
        ...featureNames.map((_, at) => vectorFromArray(some.map(({ features }) => features[at] ?? Number.NaN), new Float64())),
      ];
      const batch = new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: some.length, nullCount: 0, children: columns.map((column) => column.data[0]!) })); // one chunk a vector made from an array
      yield streamOf([batch]).subarray(headBytes, -ARROW_END_BYTES);
    }
    yield empty.subarray(headBytes);
  },
};

async function* batched(rows: AsyncIterable<ScoredRow>): AsyncGenerator<ScoredRow[]> {
  let batch: ScoredRow[] = [];
  for await (const row of rows) {
    if (batch.push(row) < ROWS_A_BATCH) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** RFC 4180. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
