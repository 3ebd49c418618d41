import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { readConfig } from '../config.ts';
import { obtainParts } from '../parts/obtain-all.ts';
import { createReportPrinter } from '../parts/report-printer.ts';
import { createSupervisor } from '../parts/supervisor.ts';
import { schedulesOf } from '../schedules.ts';
import { applySchedules } from './apply-schedules.ts';
import { connectTemporal } from './connect.ts';
import { rollupServerAddress } from './publishers.ts';
import { runDemo, SHOP_STORY } from './demo.ts';
import { servedBy } from './serving.ts';
import { obtainSparkFor } from './spark.ts';
import { partsElsewhere, startStack } from './stack.ts';

/** PROGRAM: `npm start`. Brings every part up under one supervisor, applies the schedules, runs the demo, and stays. */
const { values } = parseArgs({ options: { 'no-demo': { type: 'boolean', default: false }, 'demo-until': { type: 'string' } } });
const out = process.stdout;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort(new Error(signal)));

let supervisor: ReturnType<typeof createSupervisor> | undefined;
let hasClaimed = false;
try {
  await main();
} catch (error) {
  if (!stopping.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
} finally {
  if (supervisor && hasClaimed) {
    out.write('\nStopping …\n');
    await supervisor.stopAll();
    out.write('Stopped. npm start goes on from here.\n');
  }
}
process.exit();

async function main(): Promise<void> {
  const began = Date.now();
  const config = readConfig(process.env);
  out.write('Almanac 0.1\n');
  const report = createReportPrinter(out);
  const parts = await obtainParts({ report, without: partsElsewhere(config) });
  await obtainSparkFor(config, report);
  if (stopping.signal.aborted) return;

  mkdirSync(join(config.home, 'logs'), { recursive: true });
  const log = pino({ base: { program: 'supervisor' }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination({ dest: join(config.home, 'logs', 'supervisor.log'), sync: true }));
  supervisor = createSupervisor({ home: config.home, log: (message, fields) => log.info(fields ?? {}, message) });
  await supervisor.claim();
  hasClaimed = true;
  const startedParts = Date.now();
  report({ part: 'running', state: 'working', detail: 'starting Temporal and Cassandra, then worker, model server and endpoint' });
  const isUp = startStack({ config, parts, supervisor, env: {} });
  await Promise.race([isUp, stopped()]);
  const webUi = config.temporal.address ? `Temporal ${config.temporal.address}` : `Web UI http://127.0.0.1:${config.temporal.uiPort}`;
  const cassandra = config.cassandra.contactPoints?.join(',') ?? `127.0.0.1:${config.cassandra.port}`;
  const serving = servedBy(config);
  const rollups = Object.keys(config.rollups).length === 0 ? '' : ` · rollups ${rollupServerAddress(config)}`;
  report({ part: 'running', state: 'ready', detail: `${webUi} · Cassandra ${cassandra} · ${serving.part === 'endpoint' ? serving.part : `weeks on ${serving.part},`} ${serving.address}${rollups}`, seconds: (Date.now() - startedParts) / 1000 });

  const { client, dispose } = await connectTemporal(config, 30_000);
  await applySchedules({ client, lines: schedulesOf(config), taskQueue: config.temporal.taskQueue });
  if (!values['no-demo'] && config.properties.shop) {
    await runDemo({ config, client, out, signal: stopping.signal, beganMs: began, story: { ...SHOP_STORY, lastWeek: values['demo-until'] ?? SHOP_STORY.lastWeek } });
    out.write(`  npx almanac status        open ${webUi.replace('Web UI ', '')}\n`);
  }
  out.write('Ctrl-C stops everything and loses nothing; npm start goes on from here.\n');
  await stopped();
  await dispose();
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    if (stopping.signal.aborted) resolve();
    else stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
