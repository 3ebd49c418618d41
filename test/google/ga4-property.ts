import { addDays, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { chanceOf, visitorOf, type Visitor } from './ga4-people.ts';
import type { Ga4Row, Value } from './ga4-schema.ts';

export interface Ga4PropertyOptions {
  readonly seed: number;
  readonly timeZone: string;
  readonly firstDay: Day;
  /** Days over which visitors come for the first time. */
  readonly days: number;
  readonly visitors: number;
}

/** An invented Google Analytics 4 property: the same options give the same rows, day by day, in any order. */
export interface Ga4Property {
  readonly options: Ga4PropertyOptions;
  readonly visitors: readonly Visitor[];
  /** The rows of a day's table, in no order that means anything. */
  rowsOf(day: Day): Ga4Row[];
}

/** Of events: sent without consent, so without a person. */
const withoutConsent = 0.05;
/** Of events: exported twice, equal in every column. */
const doubled = 0.004;

export function ga4Property(options: Ga4PropertyOptions): Ga4Property {
  const { seed, firstDay, days } = options;
  const visitors = Array.from({ length: options.visitors }, (_, index) => visitorOf(seed, index, firstDay, days));
  return { options, visitors, rowsOf: (day) => visitors.filter((visitor) => visitor.firstDay <= day && day <= visitor.lastDay).flatMap((visitor) => visitsOf(options, visitor, day)) };
}

function visitsOf({ seed, timeZone }: Ga4PropertyOptions, visitor: Visitor, day: Day): Ga4Row[] {
  const next = chanceOf(seed, visitor.index, day);
  // A first day has a visit, or nobody would have come.
  if (next() * 7 > visitor.visitsPerWeek && day !== visitor.firstDay) return [];
  const [startUs, endUs] = [startOfDay(day, timeZone), startOfDay(addDays(day, 1), timeZone)];
  const sessionUs = startUs + Math.floor(next() * (endUs - startUs - 1_800_000_000));
  const session = Math.floor(sessionUs / 1_000_000);
  const firstTouchUs = startOfDay(visitor.firstDay, 'UTC');
  const rows: Ga4Row[] = [];
  const names = ['session_start', 'page_view', ...Array.from({ length: Math.floor(next() * 3) }, () => (next() < 0.6 ? 'view_item' : 'scroll'))];
  if (next() < 0.1 + 0.2 * visitor.liking) names.push('add_to_cart', 'purchase');
  if (day === visitor.firstDay) names.unshift('first_visit');
  // Apps number bundles beyond 2^53.
  const bundle = visitor.device === 'mobile' ? 9_007_199_254_740_993n + BigInt(Math.floor(next() * 1e9)) : Math.floor(next() * 2 ** 31);
  names.forEach((name, index) => {
    const isKnown = next() >= withoutConsent;
    const timeUs = sessionUs + Math.floor(index / 2) * 20_000_000 + Math.floor(next() * 1_000_000);
    const price = Math.round((5 + next() * 95) * 100) / 100;
    const row = exported({ visitor, day, name, timeUs, session, bundle, index, isKnown, price, type: next(), firstTouchUs });
    rows.push(row);
    if (next() < doubled) rows.push(row);
  });
  return rows;
}

interface Happening { visitor: Visitor; day: Day; name: string; timeUs: number; session: number; bundle: number | bigint; index: number; isKnown: boolean; price: number; type: number; firstTouchUs: number }

/** One event as a row of the export, in the nesting of Google's public sample. */
export function exported({ visitor, day, name, timeUs, session, bundle, index, isKnown, price, type, firstTouchUs }: Happening): Ga4Row {
  const isPurchase = name === 'purchase';
  const item = { item_id: `SKU_${Math.floor(price)}`, item_name: `Läufer ${Math.floor(price)}`, item_brand: 'Almanac', item_category: 'Carpets', price, price_in_usd: price, quantity: 1, item_revenue: isPurchase ? price : null };
  return {
    event_date: day.replaceAll('-', ''),
    event_timestamp: timeUs,
    event_name: name,
    event_params: [
      param('ga_session_id', { int_value: session }),
      param('page_location', { string_value: `https://shop.example/${name}` }),
      ...(isPurchase ? [param('currency', { string_value: 'EUR' }), param('value', valueAs(price, type))] : []),
      param('engaged_session_event', { int_value: 1 }),
    ],
    event_value_in_usd: isPurchase ? price : null,
    event_bundle_sequence_id: bundle,
    event_server_timestamp_offset: 1500,
    user_pseudo_id: isKnown ? visitor.pseudoId : null,
    privacy_info: { analytics_storage: isKnown ? 'Yes' : 'No', ads_storage: 'No', uses_transient_token: 'No' },
    user_properties: visitor.liking > 0.5 ? [{ key: 'newsletter', value: { string_value: 'yes', set_timestamp_micros: timeUs } }] : [],
    user_first_touch_timestamp: isKnown ? firstTouchUs : null,
    device: { category: visitor.device, operating_system: 'Web', language: 'de-de', web_info: { browser: 'Firefox', browser_version: '140.0', hostname: 'shop.example' } },
    geo: { continent: 'Europe', country: visitor.country },
    traffic_source: { medium: 'organic', name: '(organic)', source: visitor.source },
    stream_id: '1234567',
    platform: 'WEB',
    ecommerce: isPurchase ? { total_item_quantity: 1, purchase_revenue: price, purchase_revenue_in_usd: price, unique_items: 1, transaction_id: `T${session}-${visitor.index}` } : null,
    items: name === 'view_item' || name === 'add_to_cart' || isPurchase ? [item] : [],
    is_active_user: isKnown,
    batch_event_index: index + 1,
    batch_page_id: session * 1000,
    batch_ordering_id: 1,
  };
}

function param(key: string, value: { readonly [type: string]: Value }): Value {
  return { key, value };
}

/** Google chooses a parameter's column by how its value looks, row by row. */
function valueAs(price: number, type: number): { readonly [column: string]: Value } {
  if (type < 0.5) return { double_value: price };
  if (type < 0.7) return { int_value: Math.round(price) };
  return type < 0.85 ? { float_value: price } : { string_value: String(price) };
}
