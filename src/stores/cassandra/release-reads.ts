import { pointerRevision, releaseOf, serviceOf } from './release-rows.ts';
import type { Week } from '../../domain/calendar/week.ts';
import type { Release, RevisionKey } from '../../domain/release/release.ts';
import type { ReleaseStore, WeekRecord } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

const pageRows = 500;

type Reads = Pick<ReleaseStore, 'readRelease' | 'readReleases' | 'readService' | 'listWeeks' | 'listProperties' | 'latestBefore'>;

/** Reads of `releases`: one partition each, the list of properties apart. */
export function createReleaseReads(cassandra: Cassandra): Reads {
  const rowsOf = async (query: string, params: readonly unknown[]): Promise<types.Row[]> => {
    const rows: types.Row[] = [];
    for await (const page of cassandra.pages(query, params, { pageRows })) rows.push(...page);
    return rows;
  };
  const readRevision = async (property: string, week: Week, revision: number): Promise<types.Row | undefined> =>
    (await cassandra.execute('SELECT * FROM releases WHERE property = ? AND week = ? AND revision = ?', [property, week, revision])).first() ?? undefined;

  const readRelease = async ({ property, week, revision }: RevisionKey): Promise<Release | null> => {
    const row = await readRevision(property, week, revision);
    return row ? releaseOf(property, row) : null;
  };

  return {
    readRelease,
    async readReleases(property, week) {
      const rows = await rowsOf('SELECT * FROM releases WHERE property = ? AND week = ?', [property, week]);
      return releasesOf(property, rows);
    },
    async readService(property, week) {
      return serviceOf(await readRevision(property, week, pointerRevision));
    },
    async listWeeks(property) {
      const rows = await rowsOf('SELECT * FROM releases WHERE property = ?', [property]);
      const byWeek = Map.groupBy(rows, (row) => row.week as Week);
      return [...byWeek].map(([week, weekRows]) => recordOf(property, week, weekRows)).filter(({ service, staged }) => service !== null || staged.length > 0);
    },
    async listProperties() {
      return (await rowsOf('SELECT DISTINCT property FROM releases', [])).map((row) => row.property as string).sort();
    },
    async latestBefore(property, week) {
      const query = 'SELECT week, revision, live_revision FROM releases WHERE property = ? AND week < ? ORDER BY week DESC, revision DESC';
      for await (const rows of cassandra.pages(query, [property, week], { pageRows: 32 })) {
        const pointer = rows.find((row) => row.revision === pointerRevision && row.live_revision !== null);
        if (pointer) return await readRelease({ property, week: pointer.week as Week, revision: pointer.live_revision as number });
      }
      return null;
    },
  };
}

function recordOf(property: string, week: Week, rows: readonly types.Row[]): WeekRecord {
  const service = serviceOf(rows.find((row) => row.revision === pointerRevision));
  const releases = releasesOf(property, rows);
  const live = service?.state === 'live' ? service.revision : null;
  return {
    week,
    service,
    release: releases.find(({ revision }) => revision === live) ?? null,
    staged: releases.filter(({ state }) => state === 'staged'),
    superseded: releases.filter(({ state }) => state === 'superseded'),
  };
}

function releasesOf(property: string, rows: readonly types.Row[]): Release[] {
  return rows.map((row) => releaseOf(property, row)).filter((release) => release !== null);
}
