import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { reportsBudget } from '../../src/connectors/ga4/data-api.ts';
import { tableOf } from '../../src/domain/activity/ga4/day-tables.ts';
import { addDays, startOfDay } from '../../src/domain/calendar/day.ts';
import { ingestId } from '../../src/domain/release/ids.ts';
import { startDataApiServer, type DataApiServer } from '../google/data-api-server.ts';
import { ga4Property } from '../google/ga4-property.ts';
import { startGoogleServer, type GoogleServer } from '../google/google-server.ts';
import { eventually, startTestStack, type TestStack } from '../stack.ts';
import type { DayOutcome } from '../../activities/ingest/day-outcome.ts';
import type { LoadCursor } from '../../activities/ingest/load-day.ts';
import type { ingest } from '../../workflows/ingest.ts';

const [day, timeZone, chunkRows, pages] = ['2025-03-03', 'Europe/Berlin', 100, 25];
const mebibyte = 2 ** 20;
const everybody = ga4Property({ seed: 31, timeZone, firstDay: day, days: 1, visitors: 700 }).rowsOf(day);
const table = everybody.slice(0, pages * chunkRows - 50);

/** A worker is killed while the 13th of 25 pages is on its way to it, from the export and from the reports of a property. */
suite('kill -9 of a worker at page 13', () => {
  let google: GoogleServer;
  let api: DataApiServer;
  let stack: TestStack;
  before(async () => {
    google = await startGoogleServer({ now: Date.now });
    google.tables.put(tableOf('daily', day), table, startOfDay(addDays(day, 1), timeZone) / 1000);
    api = await startDataApiServer({ now: Date.now, timeZone });
    api.put(day, ofSoManyReported(pages * chunkRows - 50));
    const credentials = { kind: 'none' };
    const common = { timeZone, shards: 2, calendar: { firstDay: day, lastDay: day }, schedules: { paused: true } };
    const exported = { kind: 'ga4-export', project: google.project, dataset: google.dataset, rootUrl: google.rootUrl, credentials };
    const reported = { ...common, source: { kind: 'ga4-data-api', propertyId: api.propertyId, person: 'client_id', rootUrl: api.rootUrl, credentials } };
    stack = await startTestStack({
      properties: {
        site: { ...common, source: exported }, reports: reported,
        // The same without a crash. With another limit its query is another job, which is paid for itself.
        calm: { ...common, source: { ...exported, maximumBytesBilled: 2 ** 40 } }, 'calm-reports': reported,
      },
      configuration: { worker: { chunkRows } },
    });
  });
  after(async () => {
    await stack?.stop();
    await google?.dispose();
    await api?.dispose();
  });

  const look = (property: string) => stack.client.workflow.start<typeof ingest>('ingest', { workflowId: ingestId(stack.named(property), day), taskQueue: stack.config.temporal.taskQueue, args: [{ property: stack.named(property), day }] });
  const manifestOf = async ({ property, generation }: DayOutcome) => stack.stores.activityStore.readManifest({ property, day, generation });
  /** How far the server knows the load of the property's day to be: what a retry begins with. */
  async function known(property: string): Promise<number> {
    const { raw: { pendingActivities } } = await stack.client.workflow.getHandle(ingestId(stack.named(property), day)).describe();
    const details = pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
    return details ? (JSON.parse(Buffer.from(details).toString()) as LoadCursor).position : 0;
  }
  const askedForPages = (): number => google.asked('jobs.getQueryResults');

  test('pages 1 to 12 are not fetched again, little more is spent than without a crash, and the rows are the same', async (t) => {
    const calm = [await (await look('calm')).result(), await (await look('calm-reports')).result()];
    const undisturbed = { asked: askedForPages(), billed: google.jobs.billed(), tokens: api.quota.spent() };
    assert.deepEqual([google.pages().length, api.pages().length], [pages, pages]);
    google.forget();
    api.forget();

    google.faults.next('jobs.getQueryResults', { kind: 'silence' }, { after: 12 });
    api.faults.next('runReport', { kind: 'silence' }, { after: 13 });
    const handles = [await look('site'), await look('reports')];
    const isSilent = (log: readonly { fault: string | null }[]): boolean => log.some(({ fault }) => fault === 'silence');
    await eventually(async () => isSilent(google.log) && isSilent(api.log) && (await known('site')) === 12 * chunkRows && (await known('reports')) === 12 * chunkRows, 60_000, 'page 13 on its way');
    const worker = stack.supervisor.running().find(({ name }) => name === 'worker');
    process.kill(worker!.pid!, 'SIGKILL'); // it asks for a page

    const outcomes = await Promise.all(handles.map((handle) => handle.result()));
    assert.equal(worker!.restarts, 1);
    const spent = { asked: askedForPages(), billed: google.jobs.billed() - undisturbed.billed, tokens: api.quota.spent() - undisturbed.tokens };
    t.diagnostic(`without a crash ${JSON.stringify(undisturbed)}, with one ${JSON.stringify(spent)}`);
    const starts = Array.from({ length: pages }, (_, page) => page * chunkRows);
    assert.deepEqual(google.pages(), starts, 'each page arrived once');
    assert.deepEqual(api.pages(), starts, 'and of the report');
    assert.deepEqual([undisturbed.billed, spent.billed], [10 * mebibyte, 10 * mebibyte], 'the job was taken over');
    const budget = await stack.stores.requestBudget.read(reportsBudget(api.propertyId));
    assert.equal(budget?.dayTokens, 200_000 - api.quota.spent(), 'both workers, and both properties of ours, asked through one limiter');
    assert.ok(spent.asked <= 1.1 * undisturbed.asked && spent.tokens <= 1.1 * undisturbed.tokens);

    for (const [index, outcome] of outcomes.entries()) {
      const [crashed, whole] = [await manifestOf(outcome), await manifestOf(calm[index]!)]; // one for each
      assert.deepEqual([outcome.state, outcome.generation, crashed?.rows, crashed?.anonymous, crashed?.people, crashed?.checksum], ['final', 1, whole?.rows, whole?.anonymous, whole?.people, whole?.checksum]);
    }
    assert.equal(outcomes[0]!.rows + outcomes[0]!.anonymous, table.length); // of the export
  });
});

/** Rows whose report by person and name of event has `count` rows. */
function ofSoManyReported(count: number) {
  const reported = new Set<string>();
  return everybody.filter((row) => {
    const key = JSON.stringify([row.user_pseudo_id, row.event_name]);
    if (reported.size === count && !reported.has(key)) return false;
    reported.add(key);
    return true;
  });
}
