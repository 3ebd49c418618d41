/** What of an exported row becomes an event and what is kept of it; the configuration satisfies it. */
export interface ExportMap {
  /** Whose event it is: the browser or device, or the id that the site itself gives. */
  readonly person: 'user_pseudo_id' | 'user_id';
  /** What it is worth: a parameter, or a column such as `event_value_in_usd` or `ecommerce.purchase_revenue`. */
  readonly value: { readonly param: string } | { readonly column: string };
  /** The parameter that groups events: the session. */
  readonly session: string;
  /** Further parameters that are kept with the event. */
  readonly params: readonly string[];
  /** Further columns that are kept with the event: `device.category`, `items`. */
  readonly columns: readonly string[];
}

/** What makes an event this one and no other; equal ones are numbered. */
export const identityColumns = ['event_timestamp', 'event_name', 'user_pseudo_id', 'event_bundle_sequence_id', 'batch_event_index'] as const;

/** Columns beside identity and parameters, each once, as they are named in the table. */
export function extraColumns(map: ExportMap): string[] {
  const named = [...(map.person === 'user_id' ? ['user_id'] : []), ...('column' in map.value ? [map.value.column] : []), ...map.columns];
  const always: readonly string[] = ['event_date', 'event_params', ...identityColumns];
  return [...new Set(named)].filter((column) => !always.includes(column));
}

/** The parameters that are read, each once. */
export function keptParams(map: ExportMap): string[] {
  return [...new Set([map.session, ...('param' in map.value ? [map.value.param] : []), ...map.params])];
}

/** A column's name in the answer: `device.category` is `device_category`. */
export function aliasOf(column: string): string {
  return column.replaceAll('.', '_');
}
