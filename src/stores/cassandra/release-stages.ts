import type { ReleaseStore, StageManifest } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';

/** What finished stages left, by week, revision and stage: a repeated write is the same row. */
export function createStageManifests(cassandra: Cassandra): Pick<ReleaseStore, 'writeStage' | 'readStages' | 'deleteStages'> {
  const readStages: ReleaseStore['readStages'] = async (property, week) => {
    const manifests: StageManifest[] = [];
    const query = 'SELECT * FROM stage_manifests WHERE property = ? AND week = ? ORDER BY week DESC, revision DESC, stage DESC';
    for await (const rows of cassandra.pages(query, [property, week], { pageRows: 100 })) {
      manifests.push(...rows.map((row) => ({
        property,
        week,
        revision: row.revision as number,
        stage: row.stage as string,
        inputHash: row.input_hash as string,
        rowsRevision: row.rows_revision as number,
        result: row.result as string,
      })));
    }
    return manifests;
  };

  return {
    async writeStage({ property, week, revision, stage, inputHash, rowsRevision, result }) {
      await cassandra.execute(
        'INSERT INTO stage_manifests (property, week, revision, stage, input_hash, rows_revision, result, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, toTimestamp(now()))',
        [property, week, revision, stage, inputHash, rowsRevision, result],
      );
    },
    readStages,
    async deleteStages(property, week, stages) {
      for (const { revision, stage } of await readStages(property, week)) {
        if ((stages as readonly string[]).includes(stage)) await cassandra.execute('DELETE FROM stage_manifests WHERE property = ? AND week = ? AND revision = ? AND stage = ?', [property, week, revision, stage]);
      }
    },
  };
}
