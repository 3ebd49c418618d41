import {
  Data, Field, Float64, Int32, Int8, RecordBatch, RecordBatchFileWriter, Schema, Struct, Utf8, makeData, tableFromIPC, vectorFromArray,
  type DataType, type Table,
} from 'apache-arrow';
import { Failure } from '../domain/failure.ts';
import type { DatasetRow, WalkForwardRow } from '../domain/model/training.ts';

/** The dataset as the trainer holds it: columns, and the features as float32 row by row, which is what every model reads. */
export interface Dataset {
  readonly rows: number;
  readonly featureNames: readonly string[];
  readonly person: Int32Array;
  readonly snapshotIndex: Int32Array;
  /** The ISO week of each snapshot index. */
  readonly weekOf: ReadonlyMap<number, string>;
  readonly label: Int8Array;
  /** rows × featureNames.length. */
  readonly features: Float32Array;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Fixed, so that the bytes depend on the rows alone and not on how they arrived. */
const ROWS_PER_BATCH = 16_384;

/** The dataset as an Arrow IPC file: equal rows give equal bytes. Memory: the file and one batch. */
export async function writeDataset(
  rows: Iterable<DatasetRow> | AsyncIterable<DatasetRow>,
  featureNames: readonly string[],
  metadata: Readonly<Record<string, string>>,
): Promise<Uint8Array> {
  const columns: Column<DatasetRow>[] = [
    { name: 'person', type: new Int32(), valueOf: (row) => row.person },
    { name: 'snapshot', type: new Utf8(), valueOf: (row) => row.snapshot },
    { name: 'snapshotIndex', type: new Int32(), valueOf: (row) => row.snapshotIndex },
    { name: 'label', type: new Int8(), valueOf: (row) => row.label },
    ...featureNames.map((name, index): Column<DatasetRow> => ({ name, type: new Float64(), valueOf: (row) => row.features[index] ?? Number.NaN })),
  ];
  return writeColumns(rows, columns, metadata);
}

/** Reads a dataset; fails with `training-failed` when a column is missing or a value is not a finite number. */
export function readDataset(bytes: Uint8Array, featureNames: readonly string[]): Dataset {
  const table = tableFromIPC(bytes);
  const width = featureNames.length;
  const features = new Float32Array(table.numRows * width);
  featureNames.forEach((name, column) => {
    const values = columnOf(table, name) as Float64Array;
    for (let row = 0; row < values.length; row++) {
      const value = Math.fround(values[row]!); // row < length
      if (!Number.isFinite(value)) throw new Failure('training-failed', `feature "${name}" of dataset row ${row} is ${values[row]}; expected a finite number`);
      features[row * width + column] = value;
    }
  });
  const snapshotIndex = columnOf(table, 'snapshotIndex') as Int32Array;
  const weeks = table.getChild('snapshot');
  const weekOf = new Map<number, string>();
  snapshotIndex.forEach((index, row) => {
    if (!weekOf.has(index)) weekOf.set(index, String(weeks?.get(row)));
  });
  return {
    rows: table.numRows,
    featureNames,
    person: columnOf(table, 'person') as Int32Array,
    snapshotIndex,
    weekOf,
    label: columnOf(table, 'label') as Int8Array,
    features,
    metadata: table.schema.metadata,
  };
}

/** Walk-forward rows as an Arrow IPC file; predictions are columns named `p:<recipe>`. */
export function writeWalkForward(rows: Iterable<WalkForwardRow>, recipeNames: readonly string[]): Promise<Uint8Array> {
  const columns: Column<WalkForwardRow>[] = [
    { name: 'person', type: new Int32(), valueOf: (row) => row.person },
    { name: 'snapshot', type: new Utf8(), valueOf: (row) => row.snapshot },
    { name: 'label', type: new Int8(), valueOf: (row) => row.label },
    ...recipeNames.map((name): Column<WalkForwardRow> => ({ name: predictionPrefix + name, type: new Float64(), valueOf: (row) => row.predictions[name] ?? Number.NaN })),
  ];
  return writeColumns(rows, columns, {});
}

export function readWalkForward(bytes: Uint8Array): WalkForwardRow[] {
  const table = tableFromIPC(bytes);
  const recipes = table.schema.names.map(String).filter((name) => name.startsWith(predictionPrefix));
  const predictions = recipes.map((name) => ({ name: name.slice(predictionPrefix.length), values: columnOf(table, name) }));
  const [person, label, snapshot] = [columnOf(table, 'person'), columnOf(table, 'label'), table.getChild('snapshot')];
  return Array.from({ length: table.numRows }, (_, row) => ({
    person: person[row]!, // row < numRows, here and below
    snapshot: String(snapshot?.get(row)),
    label: label[row] === 1 ? 1 : 0,
    predictions: Object.fromEntries(predictions.map(({ name, values }) => [name, values[row]!])),
  }));
}

const predictionPrefix = 'p:';

interface Column<Row> {
  readonly name: string;
  readonly type: Int32 | Int8 | Float64 | Utf8;
  valueOf(row: Row): number | string;
}

async function writeColumns<Row>(rows: Iterable<Row> | AsyncIterable<Row>, columns: readonly Column<Row>[], metadata: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const schema = new Schema(columns.map(({ name, type }) => new Field(name, type as DataType, false)), new Map(sorted));
  const writer = new RecordBatchFileWriter();
  let waiting: Row[] = [];
  for await (const row of rows) {
    if (waiting.push(row) < ROWS_PER_BATCH) continue;
    writer.write(batchOf(schema, columns, waiting));
    waiting = [];
  }
  // The last batch may be empty: a file needs its schema even when there is no row.
  writer.write(batchOf(schema, columns, waiting));
  writer.finish();
  return writer.toUint8Array();
}

function batchOf<Row>(schema: Schema, columns: readonly Column<Row>[], rows: readonly Row[]): RecordBatch {
  const children = columns.map((column) => dataOf(column, rows));
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: rows.length, nullCount: 0, children }));
}

function dataOf<Row>({ type, valueOf }: Column<Row>, rows: readonly Row[]): Data {
  if (type instanceof Utf8) return vectorFromArray(rows.map(valueOf), type).data[0] ?? makeData({ type, length: 0, nullCount: 0 });
  const data = new (type instanceof Float64 ? Float64Array : type instanceof Int8 ? Int8Array : Int32Array)(rows.length);
  rows.forEach((row, index) => (data[index] = Number(valueOf(row))));
  return makeData({ type: type as Float64, length: rows.length, nullCount: 0, data: data as Float64Array });
}

function columnOf(table: Table, name: string): Int32Array | Int8Array | Float64Array {
  const column = table.getChild(name);
  if (!column) throw new Failure('training-failed', `the dataset has no column "${name}"; it has ${table.schema.names.join(', ')}`);
  return column.toArray() as Int32Array | Int8Array | Float64Array;
}
