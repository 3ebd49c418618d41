// A program: the stand-in Google server of the tests, with one seeded export table a day. Prints where it answers.
import { startGoogleServer } from '../test/google/google-server.ts';
import { seededRows } from '../test/google/seeded-rows.ts';
import { tableOf } from '../src/domain/activity/ga4/day-tables.ts';
import { endOfDayMs } from './google.ts';

const days = JSON.parse(process.argv[2] ?? '') as Record<string, number>;
const google = await startGoogleServer({ now: Date.now });
for (const [day, length] of Object.entries(days)) google.tables.put(tableOf('daily', day), seededRows({ seed: 11, day, timeZone: 'UTC', length }), endOfDayMs(day));
process.stdout.write(`${JSON.stringify({ rootUrl: google.rootUrl, project: google.project, dataset: google.dataset })}\n`);
process.once('SIGTERM', () => void google.dispose());
