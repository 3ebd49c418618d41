import type { TrainingResult, FittedModel, Recipe } from '../../src/domain/model/training.ts';
import type { StoredArtifact } from '../../src/domain/release/release.ts';
import type { ArtifactStore } from '../../src/ports/artifact-store.ts';

/** The trainer's result with its files as artifacts. */
export interface TrainingReport extends Omit<TrainingResult, 'models' | 'walkForward'> {
  readonly models: readonly ReportedModel[];
  readonly walkForward: StoredArtifact;
}

export interface ReportedModel extends Omit<FittedModel, 'savedModel' | 'parity'> {
  readonly recipe: Recipe;
  readonly modelId: string;
  readonly savedModel: StoredArtifact;
  readonly parity: StoredArtifact;
}

export async function readTrainingReport(artifacts: ArtifactStore, report: StoredArtifact): Promise<TrainingReport> {
  return JSON.parse(Buffer.from(await artifacts.get(report)).toString('utf8')) as TrainingReport;
}
