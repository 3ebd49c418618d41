import { createAudit } from './release-audit.ts';
import { createReleaseGates } from './release-gates.ts';
import { createModelRecords } from './release-models.ts';
import { createReleaseNotes } from './release-notes.ts';
import { createReleaseReads } from './release-reads.ts';
import { createStageManifests } from './release-stages.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';

/**
 * In `releases`, revision 0 of a week is its pointer: what its address does now. The states of the other rows follow it
 * in the same conditional write. Columns named `at` or `*_at` hold wall-clock times and are no part of a release.
 */
export const releaseTables: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS releases (
    property text, week text, revision int,
    service text, live_revision int, since_at timestamp, successor text, retired_at timestamp, is_cleared boolean, stale text, stale_at timestamp,
    state text, live_at timestamp, refused_at timestamp, as_of text, horizon_days int, shard_count int, feature_list_version int,
    scored int, model_id text, model_version text, recipe text, outcome text, kinds frozen<list<int>>, day_map text, gate_report text, overrides text, rows_revision int, finality text, verdict text,
    PRIMARY KEY ((property), week, revision))`,
  `CREATE TABLE IF NOT EXISTS models (
    property text, model_id text, served_version text, recipe text, recipe_json text, feature_list_version int, trained_for text,
    saved_model text, card text, parity text, weight_hash text,
    PRIMARY KEY ((property), model_id))`,
  `CREATE TABLE IF NOT EXISTS stage_manifests (
    property text, week text, revision int, stage text, input_hash text, rows_revision int, result text, finished_at timestamp,
    PRIMARY KEY ((property), week, revision, stage))`,
  `CREATE TABLE IF NOT EXISTS audit (
    property text, id text, action text, subject text, reason text, actor text, at timestamp,
    PRIMARY KEY ((property), id))`,
];

/** Releases, models, stage manifests and the audit in Cassandra. */
export function createReleaseStore(cassandra: Cassandra): ReleaseStore {
  return {
    ...createReleaseGates(cassandra),
    ...createReleaseReads(cassandra),
    ...createReleaseNotes(cassandra),
    ...createModelRecords(cassandra),
    ...createStageManifests(cassandra),
    ...createAudit(cassandra),
  };
}
