import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { createAlmanac } from 'almanac';
import { connectStores } from 'almanac/stores';

/** `node main.ts <property> <week> <as-of day> <file of ids>`; README.md says what it shows. */
const [property, week, asOf, file] = process.argv.slice(2);
if (!property || !week || !asOf || !file) {
  console.error('usage: node main.ts <property> <week> <as-of day> <file with one id a line>, for instance: shop 2011-W44 2011-11-07 people.txt');
  process.exit(64);
}

const { TEMPORAL_ADDRESS = '127.0.0.1:7233', ALMANAC_TASK_QUEUE = 'almanac', ALMANAC_CASSANDRA = '127.0.0.1:9042', ALMANAC_KEYSPACE = 'almanac', ALMANAC_HOME = '.almanac' } = process.env;
const [host = '127.0.0.1', port = '9042'] = ALMANAC_CASSANDRA.split(':');
const connection = await Connection.connect({ address: TEMPORAL_ADDRESS });
const stores = await connectStores({
  cassandra: { contactPoints: [host], port: Number(port), localDataCenter: 'datacenter1', keyspace: ALMANAC_KEYSPACE, replicationFactor: 1 },
  artifacts: join(ALMANAC_HOME, 'artifacts'),
});
const almanac = createAlmanac({ client: new Client({ connection }), taskQueue: ALMANAC_TASK_QUEUE, ...stores });
const run = randomUUID().slice(0, 8);
const asked = { property, week, asOf };

try {
  const ids = (await readFile(file, 'utf8')).split('\n').filter((id) => id !== '');
  await score(`list-${run}`, ids);
  await score(`active-${run}`, { activeWithinDays: 14, minimumEvents: 3 });
  await buildAgain();
} finally {
  await stores.dispose();
  await connection.close();
}

/** Scores these people as they were at the day, with the week's model, and prints whom it thinks lost first. */
async function score(cohort: string, people: Parameters<typeof almanac.cohorts.start>[0]['people']): Promise<void> {
  await almanac.cohorts.start({ ...asked, cohort, people });
  const { sentence, unknown, notEnoughHistory } = await almanac.cohorts.result(asked.property, cohort);
  console.log(`cohort ${cohort}: ${sentence}; ${unknown} unknown, ${notEnoughHistory} with too little history`);
  const scores = [];
  for await (const row of almanac.cohorts.scores(asked.property, cohort)) scores.push(row);
  for (const { user, prediction, decile } of scores.sort((a, b) => b.prediction - a.prediction).slice(0, 10)) console.log(`  ${user}  ${prediction.toFixed(6)}  decile ${decile}`);
}

/** Asks for a new revision of the week and waits until it serves. */
async function buildAgain(): Promise<void> {
  const { property, week } = asked;
  const before = await almanac.weeks.status(property, week);
  console.log(`week ${week}: ${before?.sentence ?? 'nobody answers for it'}`);
  const { revision } = await almanac.weeks.rerun(property, week, { from: 'score', requestId: run });
  console.log(`week ${week}: revision ${revision} is being built`);
  for (;;) {
    const status = await almanac.weeks.status(property, week);
    if (status?.phase === 'failed') throw new Error(status.sentence);
    if (status?.live && status.live.revision >= revision) return console.log(`week ${week}: revision ${status.live.revision} serves ${status.live.scored} people at ${status.live.address}`);
    await sleep(500);
  }
}
