import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { freePorts } from '../../src/parts/free-ports.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import { startTemporal } from '../../src/parts/temporal-server.ts';
import type { TemporalOptions, TemporalServer } from '../../src/parts/temporal-server.ts';

describe('the Temporal server', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-temporal-'));
  const running: TemporalServer[] = [];
  let options: TemporalOptions;

  before(async () => {
    const { temporalBinary } = await obtainParts({ report: () => {}, without: ['cassandra', 'libtensorflow'] });
    const [port = 0, uiPort = 0] = await freePorts({ count: 2 });
    options = { folder, port, uiPort, binary: temporalBinary, searchAttributes: { Property: 'Keyword', Rows: 'Int' } };
  });
  after(async () => {
    await Promise.all(running.map((server) => server.stop()));
    rmSync(folder, { recursive: true, force: true });
  });

  test('remembers a running workflow through kill -9 and through an orderly stop', async () => {
    const first = await start();
    await withClient(first, (client) => client.workflow.start('nobody-runs-this', { taskQueue: 'none', workflowId: 'kept', typedSearchAttributes: [] }));
    process.kill(first.pid, 'SIGKILL');
    await first.exited;

    const second = await start();
    assert.equal(await withClient(second, async (client) => (await client.workflow.getHandle('kept').describe()).status.name), 'RUNNING');
    await second.stop();

    const third = await start();
    assert.equal(await withClient(third, async (client) => (await client.workflow.getHandle('kept').describe()).status.name), 'RUNNING');
  });

  test('knows the search attributes and keeps closed workflows for 30 days', async () => {
    const server = running.at(-1) as TemporalServer;
    await withClient(server, async (client) => {
      const { customAttributes } = await client.connection.operatorService.listSearchAttributes({ namespace: 'default' });
      assert.ok(['Property', 'Rows'].every((name) => name in (customAttributes ?? {})));
      const { config } = await client.workflowService.describeNamespace({ namespace: 'default' });
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * 86_400);
    });
  });

  test('its Web UI answers', async () => {
    const page = await fetch((running.at(-1) as TemporalServer).uiAddress);
    assert.equal(page.status, 200);
  });

  async function start(): Promise<TemporalServer> {
    const server = await startTemporal(options);
    running.push(server);
    return server;
  }
});

async function withClient<Result>(server: TemporalServer, work: (client: Client) => Promise<Result>): Promise<Result> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}
