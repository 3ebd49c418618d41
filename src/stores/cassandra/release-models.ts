import { canonicalJson } from '../../domain/hash.ts';
import type { StoredArtifact } from '../../domain/release/release.ts';
import type { ReleaseStore } from '../../ports/release-store.ts';
import type { Cassandra } from './connection.ts';

/** Models by property and id. The id is a hash of the model, so a repeated write is the same row. */
export function createModelRecords(cassandra: Cassandra): Pick<ReleaseStore, 'writeModel' | 'readModel'> {
  return {
    async writeModel(model) {
      await cassandra.execute(
        'INSERT INTO models (property, model_id, served_version, recipe, recipe_json, feature_list_version, trained_for, saved_model, card, parity, weight_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        [model.property, model.modelId, model.servedVersion, model.recipe, model.recipeJson, model.featureListVersion, model.trainedFor, textOf(model.savedModel), textOf(model.card), textOf(model.parity), model.weightHash],
      );
    },
    async readModel(property, modelId) {
      const row = (await cassandra.execute('SELECT * FROM models WHERE property = ? AND model_id = ?', [property, modelId])).first();
      if (!row) return null;
      return {
        property,
        modelId,
        servedVersion: row.served_version as string,
        recipe: row.recipe as string,
        recipeJson: row.recipe_json as string,
        featureListVersion: row.feature_list_version as number,
        trainedFor: row.trained_for as string,
        savedModel: JSON.parse(row.saved_model as string) as StoredArtifact,
        card: JSON.parse(row.card as string) as StoredArtifact,
        parity: JSON.parse(row.parity as string) as StoredArtifact,
        weightHash: row.weight_hash as string,
      };
    },
  };
}

function textOf({ name, sha256, bytes }: StoredArtifact): string {
  return canonicalJson({ name, sha256, bytes });
}
