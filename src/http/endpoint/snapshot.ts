import { currentOf, successorOf, type CurrentWeek } from '../../domain/release/current.ts';
import { releaseName } from '../../domain/release/release.ts';
import { problemBody } from './problems.ts';
import type { Week } from '../../domain/calendar/week.ts';
import type { Release } from '../../domain/release/release.ts';
import type { StoredKey } from '../../ports/key-store.ts';
import type { WeekRecord } from '../../ports/release-store.ts';

/** A release with everything that is the same in all its answers. */
export interface ReleaseView {
  readonly release: Release;
  readonly name: string;
  readonly isStaged: boolean;
  readonly notScored: string;
}

export interface WeekView {
  readonly week: Week;
  readonly isRetired: boolean;
  readonly live: ReleaseView | null;
  /** Live, staged and superseded ones: a walk that began on one goes on there. */
  readonly revisions: ReadonlyMap<number, ReleaseView>;
  /** The live week that took a retired one's place. */
  readonly successor: Week | null;
}

export interface KeyView {
  readonly keyId: string;
  readonly week: Week;
  readonly digest: Buffer;
  readonly state: StoredKey['state'];
  readonly expiresAtMs: number | null;
}

export interface PropertyView {
  readonly property: string;
  readonly weeks: ReadonlyMap<Week, WeekView>;
  readonly current: CurrentWeek | null;
  readonly keys: ReadonlyMap<string, KeyView>;
}

/** What is live, as one value that never changes: a request sees one snapshot from its first line to its last. */
export type Snapshot = ReadonlyMap<string, PropertyView>;

export function viewProperty(property: string, records: readonly WeekRecord[], keys: readonly StoredKey[], graceMs: number): PropertyView {
  const services = new Map(records.map(({ week, service }) => [week, service]));
  return {
    property,
    weeks: new Map(records.map((record) => [record.week, viewWeek(record, successorOf(record.week, services))])),
    current: currentOf(records, graceMs),
    keys: new Map(keys.map((key) => [key.keyId, viewKey(key)])),
  };
}

function viewWeek({ week, service, release, staged, superseded }: WeekRecord, successor: Week | null): WeekView {
  const releases = [...staged, ...superseded, ...(release ? [release] : [])];
  const revisions = new Map(releases.map((each) => [each.revision, viewRelease(each)]));
  const live = (release && revisions.get(release.revision)) ?? null;
  return { week, isRetired: service?.state === 'retired', live, revisions, successor: service?.state === 'retired' ? successor : null };
}

function viewRelease(release: Release): ReleaseView {
  const name = releaseName(release);
  return { release, name, isStaged: release.state === 'staged', notScored: problemBody('not-scored', { title: `No prediction for this person in release ${name}` }) };
}

function viewKey({ keyId, week, sha256, state, expiresAtMs }: StoredKey): KeyView {
  return { keyId, week, digest: Buffer.from(sha256, 'hex'), state, expiresAtMs };
}
