import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { configFrom } from '../../src/config.ts';
import { serveWorkerMetrics, type WorkerMetricsOptions } from '../../src/main/worker-metrics.ts';
import { freePorts } from '../../src/parts/free-ports.ts';

suite('metrics of a worker whose store fails', () => {
  const files = { kind: 'files', folder: 'data', file: '{day}.csv', columns: { user: { column: 'who' }, time: { column: 'when', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'visit' } } };

  /** The page, with stores whose reads go as `read` says. */
  async function pageOf(read: () => Promise<never[]>): Promise<{ text(): Promise<string>; stop(): Promise<void> }> {
    const [port] = await freePorts({ count: 1 });
    const config = configFrom({ worker: { metricsPort: port }, properties: { shop: { timeZone: 'UTC', calendar: { firstDay: '2026-01-01' }, source: files } } }, {}, '/etc/almanac/almanac.yaml');
    const stores = { activityStore: { readDays: read }, releaseStore: { listWeeks: read, listStale: read } } as unknown as WorkerMetricsOptions['stores'];
    const { stop } = await serveWorkerMetrics({ config, stores, readHealth: async () => null, isReady: () => true, sdkMetrics: async () => 'temporal_workflow_completed 7\n', patienceMs: 200 });
    const text = async (): Promise<string> => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`, { headers: { connection: 'close' } });
      assert.equal(response.status, 200);
      return response.text();
    };
    return { text, stop };
  }

  const isOfProcess = (text: string): void => {
    assert.match(text, /^almanac_worker_process_cpu_seconds_total \d/m);
    assert.match(text, /^temporal_workflow_completed 7$/m);
  };

  for (const [how, fails] of [['refuses', () => Promise.reject(new Error('no host'))], ['is silent', () => new Promise<never>(() => undefined)]] as const) {
    test(`a store that ${how} takes only its own figures off the page, until it answers again`, async () => {
      let isAway = false;
      const page = await pageOf(() => (isAway ? fails() : Promise.resolve([])));
      try {
        for (isAway of [false, true, false]) {
          const text = await page.text();
          isOfProcess(text);
          assert.match(text, new RegExp(`^almanac_business_metrics_up ${isAway ? 0 : 1}$`, 'm'));
          assert.equal(/^almanac_weeks_not_accepted\{property="shop"\} 0$/m.test(text), !isAway);
        }
      } finally {
        await page.stop();
      }
    });
  }
});
