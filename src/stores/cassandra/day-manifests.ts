import cassandraDriver from 'cassandra-driver';
import { Failure } from '../../domain/failure.ts';
import { changePointer, checksOf, readPointer } from './day-pointer.ts';
import type { DayManifest, DayState } from '../../domain/activity/manifest.ts';
import type { ActivityStore, Billed, DayStatus, Intake } from '../../ports/activity-store.ts';
import type { Cassandra } from './connection.ts';
import type { types } from 'cassandra-driver';

type DayManifests = Pick<ActivityStore, 'claimGeneration' | 'sealGeneration' | 'moveCurrent' | 'markDay' | 'readManifest' | 'readDays' | 'readBilled' | 'readIntakes'> & {
  /** Takes the manifest out of service before the rows go; refuses the current generation. `bytesBilled` is kept where the generation was not sealed. */
  retireManifest(key: { property: string; day: string; generation: number; bytesBilled: number }): Promise<void>;
};

// JSON: the counts of event names, and how each check ended. The names of all days are too much for a list of days.
const verdictColumn = 'checks';
const namesColumn = 'event_names';
// States of a manifest row beside those of a day: a number that was given, and one whose rows are gone.
const claimed = 'claimed';
const dropped = 'dropped';
/** Rounds of reading what holds and writing on that condition. */
const attempts = 20;
const { localQuorum, localSerial } = cassandraDriver.types.consistencies;
const columns = 'day, generation, current, state, reason, source_version, mapping_hash, rows, people, anonymous, quarantined, known_events, anonymous_events, bytes, bytes_billed, checksum';

/** Generations of days, their manifests and the pointer that says which one is read. */
export function createDayManifests(cassandra: Cassandra): DayManifests {
  return {
    // Serial reads are rounds of Paxos on the property's one partition, where all its days meet: only a write that was not
    // plainly applied is followed by one. A plain read may miss a write that is on its way; the condition does not.
    async claimGeneration({ property, day, sourceVersion, mappingHash }) {
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const given = (await cassandra.execute('SELECT generation, state, source_version, mapping_hash FROM day_manifests WHERE property = ? AND day = ?', [property, day], { consistency: attempt === 0 ? localQuorum : localSerial })).rows;
        const same = given.find((row) => row.source_version === sourceVersion && row.mapping_hash === mappingHash && row.state !== dropped);
        if (same) return { generation: same.generation as number, isSealed: same.state !== claimed };
        const next = Math.max(0, ...given.map((row) => row.generation as number)) + 1;
        const outcome = await cassandra.conditional(
          `INSERT INTO day_manifests (property, day, generation, state, source_version, mapping_hash) VALUES (?, ?, ?, '${claimed}', ?, ?) IF NOT EXISTS`,
          [property, day, next, sourceVersion, mappingHash],
        );
        // Otherwise the next round reads who has the number.
        if (outcome === 'applied') return { generation: next, isSealed: false };
      }
      throw overtaken('claim', { property, day });
    },

    async sealGeneration(manifest) {
      const { property, day, generation } = manifest;
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const outcome = await cassandra.conditional(
          `UPDATE day_manifests SET state = ?, reason = ?, rows = ?, people = ?, anonymous = ?, quarantined = ?, known_events = ?, anonymous_events = ?, bytes = ?, bytes_billed = ?, checksum = ?, event_names = ?, checks = ? WHERE property = ? AND day = ? AND generation = ? IF state = '${claimed}'`,
          [manifest.state, manifest.reason ?? '', manifest.rows, manifest.people, manifest.anonymous, manifest.quarantined, manifest.sourceEvents?.known, manifest.sourceEvents?.anonymous, manifest.bytes, manifest.bytesBilled, manifest.checksum, JSON.stringify(manifest.eventNames), JSON.stringify(manifest.checks), property, day, generation],
        );
        if (outcome === 'applied') return;
        const state = await stateOf(cassandra, property, day, generation);
        if (state === undefined) throw new Failure('bad-argument', `generation ${generation} of day ${day} of "${property}" was never claimed, so it cannot be sealed`);
        if (state !== claimed) return;
      }
      throw overtaken('seal', manifest);
    },

    moveCurrent: ({ property, day, generation, expected, was, state, reason, checks = [] }) =>
      changePointer(cassandra, property, day, (seen) => {
        const current = seen?.current ?? 0;
        // Already as wanted: an attempt of before whose answer was lost.
        if (was !== undefined && seen?.state !== was && seen?.state !== state) return null;
        return current === expected || current === generation ? { current: generation, state, reason, checks } : null;
      }),

    async markDay({ property, day, state, reason }) {
      await changePointer(cassandra, property, day, (seen) => ({ current: seen?.current ?? 0, state, reason, checks: state === 'waived' ? seen?.checks ?? [] : [] }));
    },

    async readManifest({ property, day, generation }) {
      const row = (await cassandra.execute(`SELECT ${columns}, ${verdictColumn}, ${namesColumn} FROM day_manifests WHERE property = ? AND day = ? AND generation = ?`, [property, day, generation])).first();
      return row && generation > 0 && row.state !== claimed && row.state !== dropped ? manifestOf(property, row) : null;
    },

    async readDays(property, from, to) {
      const rows: types.Row[] = [];
      const query = `SELECT ${columns}, ${verdictColumn}, WRITETIME(state) AS known_at FROM day_manifests WHERE property = ? AND day >= ? AND day <= ?`;
      for await (const page of cassandra.pages(query, [property, from, to], { pageRows: 1000 })) rows.push(...page);
      const manifests = new Map(rows.filter((row) => row.generation !== 0).map((row) => [`${row.day as string}/${row.generation as number}`, row]));
      return rows.filter((row) => row.generation === 0).map((pointer) => statusOf(pointer, manifests.get(`${pointer.day as string}/${pointer.current as number}`)));
    },

    async readBilled(property, from, to) {
      // One job of the source answers every generation of the same content, and its bill is the sum so far.
      const versions = new Map<string, { bytes: number; isSealed: boolean }>();
      const query = 'SELECT day, source_version, mapping_hash, rows, bytes_billed FROM day_manifests WHERE property = ? AND day >= ? AND day <= ?';
      for await (const page of cassandra.pages(query, [property, from, to], { pageRows: 1000 })) {
        for (const row of page) {
          if (row.bytes_billed === null) continue;
          const version = [row.day, row.source_version, row.mapping_hash].join(' ');
          const known = versions.get(version);
          versions.set(version, { bytes: Math.max(Number(row.bytes_billed), known?.bytes ?? 0), isSealed: row.rows !== null || known?.isSealed === true });
        }
      }
      return [...versions.values()].reduce<Billed>((sum, { bytes, isSealed }) => ({ bytes: sum.bytes + bytes, givenUp: sum.givenUp + (isSealed ? 0 : bytes) }), { bytes: 0, givenUp: 0 });
    },

    async readIntakes(property, limit) {
      const intakes: Intake[] = [];
      // The claim writes the version and nothing else does; the seal writes the counts.
      const query = 'SELECT day, generation, rows, anonymous, quarantined, WRITETIME(source_version) AS claimed_at, WRITETIME(rows) AS sealed_at FROM day_manifests WHERE property = ? ORDER BY day DESC, generation DESC';
      for await (const page of cassandra.pages(query, [property], { pageRows: 500 })) {
        for (const row of page) {
          if (row.generation === 0 || row.sealed_at === null || row.claimed_at === null) continue;
          intakes.push({ day: row.day as string, records: Number(row.rows) + Number(row.anonymous) + Number(row.quarantined), seconds: Math.max(0, Number(row.sealed_at) - Number(row.claimed_at)) / 1e6 });
          if (intakes.length >= limit) return intakes;
        }
      }
      return intakes;
    },

    async retireManifest({ property, day, generation, bytesBilled }) {
      if ((await readPointer(cassandra, property, day))?.current === generation) {
        throw new Failure('bad-argument', `generation ${generation} of day ${day} of "${property}" is the current one and cannot be dropped`);
      }
      for (let attempt = 0; attempt < attempts; attempt += 1) {
        const state = await stateOf(cassandra, property, day, generation);
        if (state === undefined || state === dropped) return;
        const isBilled = state === claimed && bytesBilled > 0;
        await cassandra.conditional(`UPDATE day_manifests SET state = '${dropped}'${isBilled ? ', bytes_billed = ?' : ''} WHERE property = ? AND day = ? AND generation = ? IF state = ?`, [...(isBilled ? [bytesBilled] : []), property, day, generation, state]);
      }
      throw overtaken('drop', { property, day });
    },
  };
}

function overtaken(what: string, { property, day }: { property: string; day: string }): Failure {
  return new Failure('busy', `to ${what} a generation of day ${day} of "${property}" was tried ${attempts} times, and others were quicker or the store did not say`, { isFinal: false });
}

async function stateOf(cassandra: Cassandra, property: string, day: string, generation: number): Promise<string | undefined> {
  const query = 'SELECT state FROM day_manifests WHERE property = ? AND day = ? AND generation = ?';
  return (await cassandra.execute(query, [property, day, generation], { consistency: localSerial })).first()?.state as string | undefined;
}

function manifestOf(property: string, row: types.Row): DayManifest {
  return {
    property,
    day: row.day as string,
    generation: row.generation as number,
    state: row.state as DayState,
    sourceVersion: row.source_version as string,
    mappingHash: row.mapping_hash as string,
    rows: Number(row.rows),
    people: Number(row.people),
    anonymous: Number(row.anonymous),
    quarantined: Number(row.quarantined),
    ...sourceEventsOf(row),
    bytes: Number(row.bytes),
    bytesBilled: Number(row.bytes_billed ?? 0),
    checksum: row.checksum as string,
    reason: (row.reason as string | null) || null,
    eventNames: row.event_names ? (JSON.parse(row.event_names as string) as DayManifest['eventNames']) : null,
    checks: checksOf(row.checks),
  };
}

function statusOf(pointer: types.Row, manifest: types.Row | undefined): DayStatus {
  return {
    day: pointer.day as string,
    state: pointer.state as DayState,
    generation: pointer.current as number,
    rows: Number(manifest?.rows ?? 0),
    people: Number(manifest?.people ?? 0),
    anonymous: Number(manifest?.anonymous ?? 0),
    quarantined: Number(manifest?.quarantined ?? 0),
    ...sourceEventsOf(manifest),
    sourceVersion: (manifest?.source_version as string | null | undefined) ?? null,
    reason: (pointer.reason as string | null) || null,
    checks: checksOf(pointer.checks),
    knownAtUs: Number(pointer.known_at),
  };
}

function sourceEventsOf(row: types.Row | undefined): Pick<DayManifest, 'sourceEvents'> {
  return row && row.known_events !== null ? { sourceEvents: { known: Number(row.known_events), anonymous: Number(row.anonymous_events) } } : {};
}
