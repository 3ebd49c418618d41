import cassandraDriver from 'cassandra-driver';
import { Failure } from '../../domain/failure.ts';
import { releaseName } from '../../domain/release/release.ts';
import { contentOf, pointerRevision, releaseColumns, releaseOf, releaseValues, serviceOf } from './release-rows.ts';
import { settle } from './settle.ts';
import type { Release, RevisionKey } from '../../domain/release/release.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

const consistency = cassandraDriver.types.consistencies.localSerial;
const row = 'property = ? AND week = ? AND revision = ?';
const insert = `INSERT INTO releases (property, week, revision, state, ${releaseColumns.join(', ')}) VALUES (?, ?, ?, 'staged', ${releaseColumns.map(() => '?').join(', ')}) IF NOT EXISTS`;
const pointer = (assignments: string): string => `UPDATE releases SET service = 'live', is_cleared = false, live_revision = ?${assignments} WHERE ${row} IF live_revision = ?`;
const serve = `UPDATE releases SET state = 'live', live_at = toTimestamp(now()) WHERE ${row} IF state = 'staged'`;
const supersede = `UPDATE releases SET state = 'superseded' WHERE ${row}`;
// One partition, so one conditional write: the pointer and the states it implies never disagree.
const firstLive = `BEGIN BATCH ${pointer(', since_at = toTimestamp(now())')}; ${serve}; APPLY BATCH`;
const nextLive = `BEGIN BATCH ${pointer('')}; ${serve}; ${supersede}; APPLY BATCH`;
const refuse = `UPDATE releases SET state = 'refused', refused_at = toTimestamp(now()) WHERE ${row} IF state = 'staged'`;
const settleDays = `UPDATE releases SET finality = 'final' WHERE ${row} IF finality = 'provisional'`;
const retire = `UPDATE releases SET service = 'retired', successor = ?, is_cleared = false, retired_at = toTimestamp(now()) WHERE ${row} IF service = 'live' AND live_revision = ?`;
const clear = `UPDATE releases SET is_cleared = true WHERE ${row} IF service = 'retired'`;

type Gates = Pick<ReleaseStore, 'stageRelease' | 'goLive' | 'markFinal' | 'refuseRelease' | 'retireWeek' | 'markCleared'>;

/** The conditional writes that decide what an address serves. All rows they touch are written by nothing else. */
export function createReleaseGates(cassandra: Cassandra): Gates {
  const readRow = async (key: RevisionKey): Promise<types.Row | undefined> =>
    (await cassandra.execute(`SELECT * FROM releases WHERE ${row}`, keyValues(key), { consistency })).first() ?? undefined;
  const readRelease = async (key: RevisionKey): Promise<Release> => {
    const found = await readRow(key);
    const release = found && releaseOf(key.property, found);
    if (!release) throw new Failure('week-unknown', `${key.property} has no release ${releaseName(key)}`);
    return release;
  };

  return {
    stageRelease: (release) => settle(`staging ${nameOf(release)}`, async () => {
      const held = await readRow(release).then((found) => found && releaseOf(release.property, found));
      if (!held) return await cassandra.conditional(insert, [...keyValues(release), ...releaseValues(release)]);
      if (contentOf(held) === contentOf(release)) return 'applied';
      throw new Failure('bad-argument', `${nameOf(release)} is already there with other content; a release never changes, a new build takes the next revision`);
    }),

    goLive: (key) => settle(`serving ${nameOf(key)}`, async () => {
      const [service, release] = [await readRow(pointerOf(key)), await readRelease(key)];
      const live = (service?.live_revision as number | null | undefined) ?? null;
      if (live === key.revision) return 'applied';
      if (live !== null && live > key.revision) throw new Failure('bad-argument', `${nameOf(key)} cannot go live: revision ${live} of the week already did`);
      if (release.state !== 'staged') throw new Failure('bad-argument', `${nameOf(key)} cannot go live: it is ${release.state}`);
      const gate = [key.revision, ...keyValues(pointerOf(key)), live, ...keyValues(key)];
      return live === null ? await cassandra.conditional(firstLive, gate) : await cassandra.conditional(nextLive, [...gate, ...keyValues({ ...key, revision: live })]);
    }),

    markFinal: (key) => settle(`making ${nameOf(key)} final`, async () =>
      (await readRelease(key)).finality === 'final' ? 'applied' : await cassandra.conditional(settleDays, keyValues(key))),

    refuseRelease: (key) => settle(`refusing ${nameOf(key)}`, async () => {
      const { state } = await readRelease(key);
      if (state === 'refused') return 'applied';
      if (state !== 'staged') throw new Failure('bad-argument', `${nameOf(key)} cannot be refused: it is ${state}`);
      return await cassandra.conditional(refuse, keyValues(key));
    }),

    retireWeek: (property, week, successor) => settle(`retiring ${property} ${week}`, async () => {
      const key = { property, week, revision: pointerRevision };
      const service = serviceOf(await readRow(key));
      if (service === null) throw new Failure('week-unknown', `${property} ${week} cannot be retired: it was never live`);
      // An empty successor means none: a null would be a tombstone.
      return service.state === 'retired' ? 'applied' : await cassandra.conditional(retire, [successor ?? '', ...keyValues(key), service.revision]);
    }),

    markCleared: (property, week) => settle(`clearing ${property} ${week}`, async () => {
      const key = { property, week, revision: pointerRevision };
      const service = serviceOf(await readRow(key));
      if (service?.state !== 'retired') throw new Failure('bad-argument', `${property} ${week} is not retired`);
      return service.isCleared ? 'applied' : await cassandra.conditional(clear, keyValues(key));
    }),
  };
}

function pointerOf(key: RevisionKey): RevisionKey {
  return { ...key, revision: pointerRevision };
}

function keyValues({ property, week, revision }: RevisionKey): unknown[] {
  return [property, week, revision];
}

function nameOf(key: RevisionKey): string {
  return `${key.property} ${releaseName(key)}`;
}
