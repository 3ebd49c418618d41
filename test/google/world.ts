import { createGa4ExportSource, type Ga4ExportOptions } from '../../src/connectors/ga4/ga4-export-source.ts';
import { ga4Property } from './ga4-property.ts';
import { startGoogleServer, type GoogleServer } from './google-server.ts';
import type { ActivitySource, SourceRow } from '../../src/ports/activity-source.ts';
import type { Day } from '../../src/domain/calendar/day.ts';

export const timeZone = 'Europe/Berlin';
export const property = ga4Property({ seed: 4, timeZone, firstDay: '2026-01-01', days: 1, visitors: 60 });
/** A day of the invented property with a few hundred rows. */
export const day: Day = '2026-01-01';
export const hourMs = 3_600_000;
/** The day's end in Berlin. */
export const dayEndMs = Date.parse('2026-01-01T23:00:00Z');

export interface GoogleWorld {
  readonly google: GoogleServer;
  /** Milliseconds since 1970; tests move it. */
  readonly clock: { nowMs: number };
  sourceWith(changes?: Partial<Ga4ExportOptions>): ActivitySource;
  dispose(): Promise<void>;
}

/** A stand-in server and plugs that ask it, under one clock. */
export async function googleWorld(options: { mostPageRows?: number; isGuarded?: boolean } = {}): Promise<GoogleWorld> {
  const clock = { nowMs: dayEndMs + 12 * hourMs };
  const google = await startGoogleServer({ now: () => clock.nowMs, ...options });
  return {
    google,
    clock,
    sourceWith: (changes = {}) => createGa4ExportSource({
      property: 'site', timeZone, project: google.project, dataset: google.dataset, rootUrl: google.rootUrl, credentials: { kind: 'none' }, now: () => clock.nowMs,
      maximumBytesBilled: 2 ** 30, dailyTableBy: '18:00', person: 'user_pseudo_id', value: { param: 'value' }, session: 'ga_session_id', params: [], columns: [], ...changes,
    }),
    dispose: () => google.dispose(),
  };
}

/** The version that a look finds; fails when there is none. */
export async function versionOf(source: ActivitySource, of: Day = day): Promise<string> {
  const look = await source.look(of);
  if (look.state !== 'present') throw new Error(`day ${of} is ${look.state}`);
  return look.sourceVersion;
}

/** Rows of the day from `from` on into `into`, as far as reading goes. */
export async function readInto(into: SourceRow[], source: ActivitySource, sourceVersion: string, batchRows: number, of: Day = day): Promise<void> {
  for await (const rows of source.read(of, { sourceVersion, from: into.length, batchRows })) into.push(...rows);
}

/** The day as read by two processes: the first dies after `crashAfter` rows, the second knows only the cursor. */
export async function readOverACrash(makeSource: () => ActivitySource, { sourceVersion, batchRows, crashAfter }: { sourceVersion: string; batchRows: number; crashAfter: number }): Promise<SourceRow[]> {
  const read: SourceRow[] = [];
  for await (const rows of makeSource().read(day, { sourceVersion, from: 0, batchRows })) {
    read.push(...rows);
    if (read.length >= crashAfter) break;
  }
  await readInto(read, makeSource(), sourceVersion, batchRows);
  return read;
}
