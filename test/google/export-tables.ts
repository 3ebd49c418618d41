import { ga4Fields } from './ga4-schema.ts';
import { bytesOfRows, type Rows } from './seeded-rows.ts';
import type { TableField } from '../../src/domain/activity/ga4/wire-row.ts';

export interface TableState {
  readonly fromMs: number;
  /** Null: the table is gone from then on. */
  readonly rows: Rows | null;
  readonly fields: readonly TableField[];
  readonly numBytes: number;
}

/** The tables of one dataset over time: what is read depends on the clock alone. */
export interface DatasetTables {
  /** From `atMs` on the table holds these rows. */
  put(table: string, rows: Rows, atMs: number, fields?: readonly TableField[]): void;
  drop(table: string, atMs: number): void;
  /** The newest state not after `nowMs`; `age` 1 is the one before it. Null where there is no table. */
  at(table: string, nowMs: number, age?: number): TableState | null;
  list(nowMs: number): string[];
}

export function datasetTables(): DatasetTables {
  const states = new Map<string, TableState[]>();
  const add = (table: string, state: TableState): void => {
    states.set(table, [...(states.get(table) ?? []), state].sort((a, b) => a.fromMs - b.fromMs));
  };
  const at: DatasetTables['at'] = (table, nowMs, age = 0) => {
    const state = (states.get(table) ?? []).filter(({ fromMs }) => fromMs <= nowMs).at(-1 - age);
    return state?.rows ? state : null;
  };
  return {
    put: (table, rows, fromMs, fields = ga4Fields) => add(table, { fromMs, rows, fields, numBytes: bytesOfRows(rows) }),
    drop: (table, fromMs) => add(table, { fromMs, rows: null, fields: [], numBytes: 0 }),
    at,
    list: (nowMs) => [...states.keys()].filter((table) => at(table, nowMs)).sort(),
  };
}
