import type { TableField } from '../../src/domain/activity/ga4/wire-row.ts';

/** A value of a row; whole numbers beyond 2^53 are BigInt. */
export type Value = string | number | bigint | boolean | null | undefined | readonly Value[] | { readonly [name: string]: Value };
export type Ga4Row = { readonly [name: string]: Value };

const text = (...names: string[]): TableField[] => names.map((name) => ({ name, type: 'STRING', mode: 'NULLABLE' }));
const whole = (...names: string[]): TableField[] => names.map((name) => ({ name, type: 'INTEGER', mode: 'NULLABLE' }));
const float = (...names: string[]): TableField[] => names.map((name) => ({ name, type: 'FLOAT', mode: 'NULLABLE' }));
const record = (name: string, fields: TableField[], mode = 'NULLABLE'): TableField => ({ name, type: 'RECORD', mode, fields });
const typedValue = [...text('string_value'), ...whole('int_value'), ...float('float_value', 'double_value')];

/** The columns of an `events_YYYYMMDD` table, in the order and the nesting of Google's public sample and today's additions. */
export const ga4Fields: readonly TableField[] = [
  ...text('event_date'), ...whole('event_timestamp'), ...text('event_name'),
  record('event_params', [...text('key'), record('value', typedValue)], 'REPEATED'),
  ...whole('event_previous_timestamp'), ...float('event_value_in_usd'), ...whole('event_bundle_sequence_id', 'event_server_timestamp_offset'),
  ...text('user_id', 'user_pseudo_id'),
  record('privacy_info', text('analytics_storage', 'ads_storage', 'uses_transient_token')),
  record('user_properties', [...text('key'), record('value', [...typedValue, ...whole('set_timestamp_micros')])], 'REPEATED'),
  ...whole('user_first_touch_timestamp'),
  record('user_ltv', [...float('revenue'), ...text('currency')]),
  record('device', [...text('category', 'mobile_brand_name', 'operating_system', 'language'), record('web_info', text('browser', 'browser_version', 'hostname'))]),
  record('geo', text('continent', 'country', 'region', 'city')),
  record('traffic_source', text('medium', 'name', 'source')),
  ...text('stream_id', 'platform'),
  record('ecommerce', [...whole('total_item_quantity'), ...float('purchase_revenue', 'purchase_revenue_in_usd'), ...whole('unique_items'), ...text('transaction_id')]),
  record('items', [...text('item_id', 'item_name', 'item_brand', 'item_category'), ...float('price', 'price_in_usd'), ...whole('quantity'), ...float('item_revenue')], 'REPEATED'),
  { name: 'is_active_user', type: 'BOOLEAN', mode: 'NULLABLE' },
  ...whole('batch_event_index', 'batch_page_id', 'batch_ordering_id'),
];

/** A row as BigQuery's REST answers carry it: `{f: [{v}]}`, scalars as text. */
export function toWire(fields: readonly TableField[], row: Ga4Row): { f: { v: unknown }[] } {
  return { f: fields.map((field) => ({ v: cellOf(field, row[field.name]) })) };
}

function cellOf(field: TableField, value: Value): unknown {
  if (field.mode === 'REPEATED') return ((value ?? []) as readonly Value[]).map((element) => ({ v: scalarOf(field, element) }));
  return scalarOf(field, value);
}

function scalarOf(field: TableField, value: Value): unknown {
  if (value === null || value === undefined) return null;
  return field.type === 'RECORD' ? toWire(field.fields ?? [], value as Ga4Row) : String(value);
}

/** Bytes as BigQuery counts them: 8 a number, 1 a boolean, 2 and its UTF-8 a text, nothing for null. */
export function bytesOf(value: Value): number {
  if (value === null || value === undefined) return 0;
  if (typeof value === 'boolean') return 1;
  if (typeof value === 'number' || typeof value === 'bigint') return 8;
  if (typeof value === 'string') return 2 + Buffer.byteLength(value);
  let sum = 0;
  for (const member of Object.values(value)) sum += bytesOf(member as Value);
  return sum;
}
