/** A column of a table as BigQuery describes it. */
export interface TableField {
  readonly name: string;
  /** `INTEGER`, `STRING`, `RECORD`, … */
  readonly type: string;
  /** `REPEATED` for an array. */
  readonly mode?: string | null;
  readonly fields?: readonly TableField[];
}

/** A value as JSON carries it. Whole numbers beyond ±2^53 are text, as in BigQuery's own TO_JSON_STRING: no digit is lost. */
export type Cell = string | number | boolean | readonly Cell[] | { readonly [name: string]: Cell };
export type TableRow = { readonly [name: string]: Cell };

interface WireRow { readonly f?: readonly { readonly v?: unknown }[] }

/** A row of BigQuery's REST answers (`{f: [{v}]}`) by the schema that came with it; nulls are left out. Fails with RangeError when row and schema do not match. */
export function readWireRow(fields: readonly TableField[], row: unknown): TableRow {
  const cells = (row as WireRow | null)?.f;
  if (!Array.isArray(cells) || cells.length !== fields.length) throw new RangeError(`a row has ${cells?.length ?? 'no'} cells, its schema ${fields.length} columns`);
  const read: Record<string, Cell> = {};
  fields.forEach((field, at) => {
    const value = cells[at]?.v;
    if (value !== null && value !== undefined) read[field.name] = readCell(field, value);
  });
  return read;
}

function readCell(field: TableField, value: unknown): Cell {
  if (field.mode !== 'REPEATED') return readScalar(field, value);
  if (!Array.isArray(value)) throw new RangeError(`column ${field.name} is repeated and its value is no list`);
  return value.map((element: { v?: unknown }) => readScalar(field, element.v));
}

function readScalar(field: TableField, value: unknown): Cell {
  if (field.type === 'RECORD' || field.type === 'STRUCT') return readWireRow(field.fields ?? [], value);
  if (typeof value !== 'string') throw new RangeError(`column ${field.name} holds a value that is no text`);
  switch (field.type) {
    case 'INTEGER':
    case 'INT64':
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case 'FLOAT':
    case 'FLOAT64':
      return Number.isFinite(Number(value)) ? Number(value) : value;
    case 'BOOLEAN':
    case 'BOOL':
      return value === 'true';
    default:
      return value;
  }
}
