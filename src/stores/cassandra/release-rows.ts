import { canonicalJson, type Json } from '../../domain/hash.ts';
import type { Week } from '../../domain/calendar/week.ts';
import type { Release, ReleaseState, RevisionKey, StoredArtifact, WeekService } from '../../domain/release/release.ts';
import type { types } from 'cassandra-driver';

/** The revision of the row that says what the week's address does; releases begin at 1. */
export const pointerRevision = 0;

const columns = [
  ['as_of', 'asOf'], ['horizon_days', 'horizonDays'], ['shard_count', 'shardCount'], ['feature_list_version', 'featureListVersion'],
  ['scored', 'scored'], ['model_id', 'modelId'], ['model_version', 'modelVersion'], ['recipe', 'recipe'], ['outcome', 'outcome'],
] as const satisfies readonly (readonly [string, keyof Release])[];

/** Columns of a release besides its key and state, in the order of `releaseValues`. */
export const releaseColumns = [...columns.map(([column]) => column), 'kinds', 'day_map', 'gate_report', 'finality', 'overrides', 'rows_revision'];

export function releaseValues(release: Release): unknown[] {
  return [...columns.map(([, field]) => release[field]), release.kinds, artifactText(release.dayMap), artifactText(release.gateReport), release.finality, release.overrides && canonicalJson(release.overrides as unknown as Json), release.rowsRevision];
}

/** A row of a release; null for pointer rows and rows that hold only a verdict. */
export function releaseOf(property: string, row: types.Row): Release | null {
  if (row.revision === pointerRevision || row.state === null) return null;
  const plain = Object.fromEntries(columns.map(([column, field]) => [field, row[column]]));
  return {
    ...keyOf(property, row),
    ...(plain as Pick<Release, (typeof columns)[number][1]>),
    state: row.state as ReleaseState,
    kinds: row.kinds as Release['kinds'],
    dayMap: JSON.parse(row.day_map as string) as StoredArtifact,
    gateReport: JSON.parse(row.gate_report as string) as StoredArtifact,
    ...(row.rows_revision === null ? {} : { rowsRevision: row.rows_revision as number }),
    // Releases that are older were built from settled days alone.
    finality: (row.finality as Release['finality'] | null) ?? 'final',
    ...(row.overrides ? { overrides: JSON.parse(row.overrides as string) as Release['overrides'] } : {}),
  };
}

/** Equal for two releases that differ at most in state and finality, which change. */
export function contentOf(release: Release): string {
  const { state: _state, finality: _finality, ...content } = release;
  return canonicalJson(content as unknown as Json);
}

/** What a pointer row says; null when the week was never live. */
export function serviceOf(row: types.Row | undefined): WeekService | null {
  if (row === undefined || row.service === null) return null;
  if (row.service === 'retired') return { state: 'retired', successor: (row.successor as Week | null) || null, isCleared: row.is_cleared === true };
  return { state: 'live', revision: row.live_revision as number, sinceMs: (row.since_at as Date).getTime() };
}

function keyOf(property: string, row: types.Row): RevisionKey {
  return { property, week: row.week as Week, revision: row.revision as number };
}

function artifactText({ name, sha256, bytes }: StoredArtifact): string {
  return canonicalJson({ name, sha256, bytes });
}
