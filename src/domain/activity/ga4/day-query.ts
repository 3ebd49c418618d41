import { aliasOf, extraColumns, identityColumns, keptParams, type ExportMap } from './export-map.ts';
import type { TableField } from './wire-row.ts';

/** Columns without which a table is not one of the export. */
const required = ['event_date', 'event_timestamp', 'event_name', 'user_pseudo_id', 'event_params'];
const types: Readonly<Record<string, string>> = { event_bundle_sequence_id: 'INT64', batch_event_index: 'INT64' };

/**
 * The query that gives a day's rows: wanted columns and parameters alone, because columns are what is paid for, in an
 * order without ties, so row n is the same row in every run over the same content. `ordinal` numbers rows of one
 * identity by their content. Columns that a table does not have yet (`batch_event_index` before 2024) are null.
 */
export function dayQuery(table: string, fields: readonly TableField[], map: ExportMap): string {
  const params = keptParams(map).map((name) => `'${name}'`).join(', ');
  const columns = [
    'event_date AS event_date',
    ...identityColumns.map((column) => `${hasColumn(fields, column) ? column : `CAST(NULL AS ${types[column] ?? 'STRING'})`} AS ${column}`),
    ...extraColumns(map).filter((column) => hasColumn(fields, column)).map((column) => `${column} AS ${aliasOf(column)}`),
    `ARRAY(SELECT AS STRUCT param.key, param.value FROM UNNEST(event_params) AS param WITH OFFSET AS place WHERE param.key IN (${params}) ORDER BY place) AS event_params`,
  ];
  return `WITH picked AS (
  SELECT
    ${columns.join(',\n    ')}
  FROM \`${table}\`
)
SELECT
  picked.*,
  ROW_NUMBER() OVER (PARTITION BY ${identityColumns.join(', ')} ORDER BY TO_JSON_STRING(picked)) - 1 AS ordinal
FROM picked
ORDER BY ${identityColumns.map((column) => `${column} ASC NULLS FIRST`).join(', ')}, ordinal`;
}

/** Columns that a table of the export must have and this one does not. */
export function missingColumns(fields: readonly TableField[]): string[] {
  return required.filter((column) => !hasColumn(fields, column));
}

/** Columns that the map names and this table does not have: an older table, or a slip in the configuration. */
export function unknownColumns(fields: readonly TableField[], map: ExportMap): string[] {
  return extraColumns(map).filter((column) => !hasColumn(fields, column));
}

function hasColumn(fields: readonly TableField[], path: string): boolean {
  const [name = '', ...rest] = path.split('.');
  const field = fields.find((other) => other.name === name);
  if (!field) return false;
  return rest.length === 0 || (field.mode !== 'REPEATED' && hasColumn(field.fields ?? [], rest.join('.')));
}
