import type { Release, StoredArtifact, StoredModel } from '../src/domain/release/release.ts';

const artifact = (kind: string): StoredArtifact => ({ name: `${kind}/${'ab'.repeat(32)}.json`, sha256: 'ab'.repeat(32), bytes: 12 });

/** A staged release of `shop` 2011-W48, with what a test says otherwise. */
export function aRelease(different: Partial<Release> = {}): Release {
  return {
    property: 'shop', week: '2011-W48', revision: 1, state: 'staged', asOf: '2011-12-05T00:00:00Z', horizonDays: 60, shardCount: 4, featureListVersion: 1,
    dayMap: artifact('day-map'), kinds: [1310, 1002, 498, 133], scored: 498, modelId: 'ab'.repeat(8), modelVersion: '7', recipe: 'logistic', outcome: 'accepted',
    gateReport: artifact('gate-report'), finality: 'final', ...different,
  };
}

export function aModel(different: Partial<StoredModel> = {}): StoredModel {
  return {
    property: 'shop', modelId: 'ab'.repeat(8), servedVersion: '7', recipe: 'logistic', recipeJson: '{"name":"logistic"}', featureListVersion: 1, trainedFor: '2011-W48',
    savedModel: artifact('model'), card: artifact('model-card'), parity: artifact('parity'), weightHash: 'cd'.repeat(32), ...different,
  };
}
