import { Type, type Static } from 'typebox';
import { Errors } from 'typebox/value';
import { Failure } from '../failure.ts';

const closed = { additionalProperties: false };
const column = Type.String({ minLength: 1 });

/** How the columns of a file become an event. Numbers use a dot; a blank value is no value; a blank person is anonymous. */
export const ColumnMapSchema = Type.Object({
  /** `integer` reads `17850` and `17850.0` as the same person `17850`. */
  user: Type.Object({ column, as: Type.Optional(Type.Union([Type.Literal('text'), Type.Literal('integer')])) }, closed),
  /** `iso`, `epoch-seconds`, `epoch-millis`, `epoch-micros`, or a pattern of YYYY, MM or M, DD or D, HH or H (or hh, h with A), mm, ss, SSS and literal characters. */
  time: Type.Object({ column, format: Type.String({ minLength: 1 }) }, closed),
  name: Type.Union([
    Type.Object({ constant: Type.String({ minLength: 1 }) }, closed),
    Type.Object({ column }, closed),
    /** The name by how the column's text starts: `{column: InvoiceNo, startsWith: {C: cancellation}, otherwise: purchase}`. */
    Type.Object({ column, startsWith: Type.Record(Type.String(), Type.String({ minLength: 1 })), otherwise: Type.String({ minLength: 1 }) }, closed),
  ]),
  value: Type.Optional(Type.Union([Type.Object({ column }, closed), Type.Object({ multiply: Type.Array(column, { minItems: 2, maxItems: 2 }) }, closed)])),
  group: Type.Optional(Type.Object({ column }, closed)),
}, closed);

export type ColumnMap = Static<typeof ColumnMapSchema>;

/** The map as it stands in the configuration; fails with `bad-configuration` naming `where`, the field and what was expected. */
export function parseColumnMap(value: unknown, where: string): ColumnMap {
  const [error] = Errors(ColumnMapSchema, value);
  if (!error) return value as ColumnMap;
  const field = error.instancePath.replaceAll('/', '.');
  throw new Failure('bad-configuration', `${where}.columns${field}: ${error.message}; expected user {column, as}, time {column, format}, name {constant | column | column, startsWith, otherwise}, and perhaps value {column | multiply} and group {column}`);
}

/** The names of the columns that the map reads, each once. */
export function columnsOf(map: ColumnMap): string[] {
  const named = [map.user.column, map.time.column];
  if ('column' in map.name) named.push(map.name.column);
  if (map.value) named.push(...('column' in map.value ? [map.value.column] : map.value.multiply));
  if (map.group) named.push(map.group.column);
  return [...new Set(named)];
}
