import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { dayQuery, missingColumns, unknownColumns } from '../../../../src/domain/activity/ga4/day-query.ts';
import { ga4Fields } from '../../../google/ga4-schema.ts';
import type { ExportMap } from '../../../../src/domain/activity/ga4/export-map.ts';

const map: ExportMap = { person: 'user_pseudo_id', value: { param: 'value' }, session: 'ga_session_id', params: ['page_location', 'value'], columns: [] };
const queryOf = (changes: Partial<ExportMap> = {}, fields = ga4Fields): string => dayQuery('p.analytics_1.events_20260103', fields, { ...map, ...changes });

suite('the query of a day', () => {
  test('names one table whole, the wanted columns and parameters, and an order without ties', () => {
    const sql = queryOf();
    assert.match(sql, /FROM `p\.analytics_1\.events_20260103`/);
    assert.doesNotMatch(sql, /SELECT \*|events_\*/);
    assert.match(sql, /WHERE param\.key IN \('ga_session_id', 'value', 'page_location'\)/);
    assert.match(sql, /ORDER BY event_timestamp ASC NULLS FIRST, event_name ASC NULLS FIRST, user_pseudo_id ASC NULLS FIRST, event_bundle_sequence_id ASC NULLS FIRST, batch_event_index ASC NULLS FIRST, ordinal$/);
    assert.doesNotMatch(sql, /device|geo|items/);
  });

  test('further columns are named by their path, each once', () => {
    const sql = queryOf({ person: 'user_id', value: { column: 'ecommerce.purchase_revenue' }, columns: ['device.category', 'device.category', 'event_name', 'items'] });
    for (const column of ['user_id AS user_id', 'ecommerce.purchase_revenue AS ecommerce_purchase_revenue', 'device.category AS device_category', 'items AS items']) assert.equal(sql.split(column).length, 2, column);
  });

  test('columns that an older table does not have are null or left out', () => {
    const old = ga4Fields.filter(({ name }) => name !== 'batch_event_index');
    assert.match(queryOf({ columns: ['geo.contry'] }, old), /CAST\(NULL AS INT64\) AS batch_event_index/);
    assert.deepEqual(unknownColumns(old, { ...map, columns: ['geo.contry', 'geo.city', 'items.price'] }), ['geo.contry', 'items.price']);
    assert.deepEqual(missingColumns(old), []);
    assert.deepEqual(missingColumns(old.filter(({ name }) => name !== 'event_params')), ['event_params']);
  });
});
