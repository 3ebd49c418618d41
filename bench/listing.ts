// A program: the yardstick of the export. A plain loop over `tabledata.list` of a day's table through googleapis; with
// `byHand` each row is understood and written by hand as well, without it rows are parsed by the library and counted.
import { bigquery } from 'googleapis/build/src/apis/bigquery/index.js';
import { OAuth2Client } from 'google-auth-library';
import { identityOf, understandExported } from '../src/domain/activity/ga4/exported-row.ts';
import { tableOf } from '../src/domain/activity/ga4/day-tables.ts';
import { readWireRow, type TableField } from '../src/domain/activity/ga4/wire-row.ts';
import { addDays, startOfDay } from '../src/domain/calendar/day.ts';
import { connectByHand, type ByHandOptions, type HandRow } from './by-hand.ts';
import { measureSelf } from './measure.ts';
import type { ExportPlace } from './google.ts';

const { rootUrl, project, dataset, day, byHand } = JSON.parse(process.argv[2] ?? '') as ExportPlace & { day: string; byHand?: ByHandOptions };
/** The columns that ingest selects; a listing gives all parameters or none. */
const columns = ['event_date', 'event_timestamp', 'event_name', 'event_params', 'event_bundle_sequence_id', 'user_pseudo_id', 'batch_event_index'];
const map = { person: 'user_pseudo_id', value: { param: 'value' }, session: 'ga_session_id', params: [], columns: [] } as const;
const exportDay = { date: day.replaceAll('-', ''), startUs: startOfDay(day, 'UTC'), endUs: startOfDay(addDays(day, 1), 'UTC') };

const auth = new OAuth2Client();
auth.setCredentials({ access_token: 'none' });
const api = bigquery({ version: 'v2', auth, rootUrl });
const table = { projectId: project, datasetId: dataset, tableId: tableOf('daily', day) };

if (byHand) {
  const writer = await connectByHand(byHand);
  await measureSelf(async () => writer.write(handRows()));
  await writer.dispose();
} else {
  await measureSelf(async () => {
    let rows = 0;
    for await (const page of pages()) rows += page.length;
    return { rows };
  });
}

async function* pages(): AsyncGenerator<readonly unknown[]> {
  let pageToken: string | undefined;
  do {
    const { data } = await api.tabledata.list({ ...table, maxResults: 10_000, pageToken, selectedFields: columns.join(',') });
    yield data.rows ?? [];
    pageToken = data.pageToken ?? undefined;
  } while (pageToken !== undefined);
}

async function* handRows(): AsyncGenerator<HandRow> {
  const { data } = await api.tables.get(table);
  const fields = ((data.schema?.fields ?? []) as TableField[]).filter(({ name }) => columns.includes(name));
  let line = 0;
  for await (const page of pages()) {
    for (const wire of page) {
      line += 1;
      const row = readWireRow(fields, wire);
      const payload = JSON.stringify(row);
      const understood = understandExported(row, payload, exportDay, map);
      if (understood.kind === 'rejected') yield { kind: 'rejected', file: table.tableId, line, reason: understood.reason, payload };
      else if (understood.kind === 'anonymous') yield { kind: 'anonymous' };
      else yield { kind: 'event', ...understood.event, identity: identityOf(row), payload };
    }
  }
}
