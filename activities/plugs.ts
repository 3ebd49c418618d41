import type { ActivitySource } from '../src/ports/activity-source.ts';
import type { ActivityStore } from '../src/ports/activity-store.ts';
import type { ArtifactStore } from '../src/ports/artifact-store.ts';
import type { CategoryStore } from '../src/ports/category-store.ts';
import type { DatasetFormat } from '../src/ports/dataset-format.ts';
import type { JobRunner } from '../src/ports/job-runner.ts';
import type { KeyStore, KeyVault } from '../src/ports/key-store.ts';
import type { ModelService } from '../src/ports/model-service.ts';
import type { Notifier } from '../src/ports/notifier.ts';
import type { Health } from '../src/ports/part-probe.ts';
import type { PeopleStore } from '../src/ports/people-store.ts';
import type { Publisher } from '../src/ports/publisher.ts';
import type { ReconciliationStore } from '../src/ports/reconciliation-store.ts';
import type { ReleaseStore } from '../src/ports/release-store.ts';
import type { RollupSettingsOf } from '../src/ports/rollup-settings.ts';
import type { RollupStore } from '../src/ports/rollup-store.ts';
import type { Sequences } from '../src/ports/sequences.ts';
import type { SeriesCopies, SeriesStore } from '../src/ports/series-store.ts';
import type { Limits, SettingsOf } from '../src/ports/settings.ts';

/** Everything the steps reach the world through. The composition root hands it in; steps never build a plug. */
export interface Plugs {
  readonly settingsOf: SettingsOf;
  readonly rollupSettingsOf: RollupSettingsOf;
  readonly sourceOf: (property: string) => ActivitySource;
  readonly limits: Limits;
  readonly activityStore: ActivityStore;
  readonly peopleStore: PeopleStore;
  readonly reconciliations: ReconciliationStore;
  readonly releaseStore: ReleaseStore;
  readonly rollupStore: RollupStore;
  readonly categoryStore: CategoryStore;
  readonly seriesStore: SeriesStore & SeriesCopies;
  readonly keyStore: KeyStore;
  readonly keyVault: KeyVault;
  readonly artifacts: ArtifactStore;
  readonly datasets: DatasetFormat;
  readonly runner: JobRunner;
  /** Where a rollup has buckets built by jobs; null where the worker builds them. */
  readonly rollupRunnerOf: (property: string) => JobRunner | null;
  readonly modelService: ModelService;
  readonly publisher: Publisher;
  readonly sequences: Sequences;
  readonly notifier: Notifier;
  readonly health: Health;
  /** Where jobs get their folders. */
  readonly jobsFolder: string;
  /** Where the log of a job that has finished is kept. */
  readonly jobLogsFolder: string;
}
