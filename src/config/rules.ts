import { parseColumnMap } from '../domain/activity/column-map.ts';
import { settlingHours, settlingLookBackDays } from '../domain/activity/ga4/choose-table.ts';
import { compileTimeFormat } from '../domain/activity/time-format.ts';
import { addDays } from '../domain/calendar/day.ts';
import { Failure } from '../domain/failure.ts';
import { dayName } from '../domain/rollup/bucket-name.ts';
import type { Config, PropertyConfig, RollupConfig } from './schema.ts';

/** What no schema can say: settings that do not go together. */

/** A pod and the worker have nothing but the bucket in common. */
export function checkRunner({ runner, artifacts }: Config, path: string): void {
  if (runner.kind !== 'kubernetes') return;
  if (artifacts.kind !== 's3') throw new Failure('bad-configuration', `${path}: runner.kind is "kubernetes", but artifacts.kind is "${artifacts.kind}": expected s3, because pods share no folder with the worker`);
  if (artifacts.credentials && runner.bucketSecret === undefined) throw new Failure('bad-configuration', `${path}: runner.bucketSecret is missing: expected the name of a Secret in ${runner.namespace} whose secret-access-key is that of artifacts.credentials, because pods do not have the worker's file`);
}

/** A zone that this machine knows. */
export function checkZone(place: string, { timeZone }: { timeZone: string }, path: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new Failure('bad-configuration', `${path}: ${place}.timeZone is "${timeZone}": expected an IANA time zone such as Europe/London`, { cause });
  }
}

/** A rollup's name, its days and how long it keeps what late readings need. */
export function checkRollup(name: string, rollup: RollupConfig, { properties }: Config, path: string): void {
  const { timeZone, firstDay, allowedLatenessHours, retention, engine } = rollup;
  const wrong = (what: string): never => {
    throw new Failure('bad-configuration', `${path}: rollups.${name}${what}`);
  };
  if (name in properties) wrong(' is the name of a property too: expected a name of its own, because ids begin with it');
  checkZone(`rollups.${name}`, rollup, path);
  if (engine.kind === 'spark' && !engine.master.startsWith('local') && engine.driverHost === undefined) wrong(`.engine.driverHost is missing: expected the address of this machine at which the executors of ${engine.master} reach the driver, which else listens on loopback alone`);
  try {
    for (const days of [0, 91, 182, 273]) dayName(addDays(firstDay, days), timeZone);
  } catch (cause) {
    wrong(`: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  const opened = { readingDays: 'a minute again, which is built from all its readings', minuteDays: 'an hour again, which is built from all its minutes', hourDays: 'a day again, which is built from all its hours' };
  for (const [setting, what] of Object.entries(opened)) {
    const days = retention[setting as keyof typeof opened];
    if (days > 0 && days * 24 < allowedLatenessHours + 48) wrong(`.retention.${setting} is ${days}: expected ${Math.ceil(allowedLatenessHours / 24) + 2} or more, because for ${allowedLatenessHours} hours a late reading opens ${what}`);
  }
}

/** Whether the files have these columns is seen at the first look; whether the map can be understood, now. */
export function checkColumns(name: string, { source, timeZone }: PropertyConfig, path: string): void {
  if (source.kind !== 'files') return;
  const where = `${path}: properties.${name}.source`;
  const { time } = parseColumnMap(source.columns, where);
  try {
    compileTimeFormat(time.format, timeZone);
  } catch (cause) {
    throw new Failure('bad-configuration', `${where}.columns.time, column "${time.column}": ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** Mornings must look back to a day until Google has settled it. */
export function checkLookBack(name: string, { source, schedules }: PropertyConfig, path: string): void {
  if (source.kind === 'files' || schedules.lookBackDays >= settlingLookBackDays) return;
  throw new Failure('bad-configuration', `${path}: properties.${name}.schedules.lookBackDays is ${schedules.lookBackDays}: expected ${settlingLookBackDays} or more, because Google adds to a day for ${settlingHours} hours and it is final only then`);
}
