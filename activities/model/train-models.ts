import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { FEATURE_LIST_VERSION, FEATURES } from '../../src/domain/churn/features.ts';
import { canonicalJson, hashJson, type Json } from '../../src/domain/hash.ts';
import type { FittedModel, Recipe, TrainingJob } from '../../src/domain/model/training.ts';
import type { Extracted, Trained } from '../../src/domain/release/results.ts';
import type { CheckOverride } from '../../src/domain/release/week-status.ts';
import type { RevisionKey, StoredModel } from '../../src/domain/release/release.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';
import { beating } from '../health/beating.ts';
import { keepLog } from '../left-by-job.ts';
import { finishedBefore } from '../week/reuse.ts';
import type { Plugs } from '../plugs.ts';
import { checkFigures, checkedWeek, type CheckedWeek } from './checked-week.ts';
import { failureOf, failuresBefore, unreadable } from './failed-trainings.ts';
import { leftByTrainer, type Left } from './left-by-trainer.ts';
import { namedChampion, recipeJson, recipesOf } from './recipes.ts';
import type { ReportedModel, TrainingReport } from './training-report.ts';

/** Grows by one when the same dataset and recipes would give another model. */
const TRAIN_VERSION = 1;
const JOB_FILE = 'job.json';
const DATASET_FILE = 'dataset.arrow';

/**
 * Judges every recipe walk-forward and fits it, in a process of its own. The job's folder is named by its input; a retry
 * takes over what an earlier attempt began, or ends it and begins again, and gives the same bytes. Fails with `check-failed`
 * before anything is trained when a check of the week fails that nobody overrode, and with `training-failed` when there is
 * nothing to learn from, or when its process has failed three times. An outage is waited out.
 */
export const trainModels = (plugs: Plugs) =>
  async ({ people, isForced, overrideChecks = null, ...key }: RevisionKey & { people: Extracted; isForced: boolean; overrideChecks?: CheckOverride | null }): Promise<Trained> => {
    const settings = plugs.settingsOf(key.property);
    const champion = await championOf(plugs, key);
    const recipes = recipesFor(settings, champion);
    const inputHash = hashJson({ stage: 'train', version: TRAIN_VERSION, dataset: people.dataset.sha256, recipes: recipes.map(recipeJson), evaluationSnapshots: settings.training.evaluationSnapshots, horizonDays: settings.churn.horizonDays, champion: champion?.modelId ?? null });
    const reused = await finishedBefore<Trained>(plugs.releaseStore, key, 'train', inputHash, isForced);
    if (reused) return reused;
    const checked = await checkedWeek(plugs, key, people, overrideChecks);

    const folder = join(plugs.jobsFolder, `${key.property}-${key.week}-r${key.revision}-${inputHash.slice(0, 12)}`);
    const failures = failuresBefore();
    const outcome = await plugs.runner.run(
      { id: `train/${key.property}/${key.week}/r${key.revision}`, program: 'trainer', folder, inputs: [JOB_FILE, DATASET_FILE], timeoutMs: settings.training.timeoutMinutes * 60_000, memoryMb: settings.training.memoryMb },
      { signal: cancellationSignal(), onBeat: (progress) => heartbeat({ failures, ...progress }), prepare: () => prepareFolder(plugs, folder, people, jobOf(settings, recipes)) },
    );
    if (outcome.reason !== 'finished') throw failureOf(key, failures, outcome);
    const left = await beating(leftByTrainer(folder), { failures }).catch((cause: unknown) => {
      throw unreadable(key, failures, outcome, cause);
    });

    await keepLog(plugs, folder, outcome.logFile);
    const trained = await beating(keepResult(plugs, key, inputHash, left, champion, checked), { failures });
    await plugs.releaseStore.writeStage({ ...key, stage: 'train', inputHash, rowsRevision: people.rowsRevision, result: canonicalJson(trained as unknown as Json) });
    await rm(folder, { recursive: true, force: true });
    return trained;
  };

/** The model of the latest release before this week; null before the first. */
async function championOf({ releaseStore }: Plugs, { property, week }: RevisionKey): Promise<StoredModel | null> {
  const release = await releaseStore.latestBefore(property, week);
  return release ? releaseStore.readModel(property, release.modelId) : null;
}

/** Those of the settings, and the champion's where it is not among them. */
function recipesFor(settings: PropertySettings, champion: StoredModel | null): Recipe[] {
  const { baseline, challengers } = recipesOf(settings);
  const own = [baseline, ...challengers];
  if (champion === null) return own;
  const named = namedChampion(champion.recipeJson, own);
  return own.includes(named) ? own : [...own, named];
}

/** What the trainer is asked for. */
export function jobOf({ churn, training }: PropertySettings, recipes: readonly Recipe[]): TrainingJob {
  return {
    dataset: DATASET_FILE,
    featureNames: FEATURES.map(({ name }) => name),
    featureListVersion: FEATURE_LIST_VERSION,
    transforms: Object.fromEntries(FEATURES.map(({ name, transform }) => [name, transform])),
    horizonWeeks: Math.ceil(churn.horizonDays / 7),
    recipes,
    evaluationSnapshots: training.evaluationSnapshots,
  };
}

async function prepareFolder({ artifacts }: Plugs, folder: string, people: Extracted, job: TrainingJob): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await copyFile(await artifacts.localPath(people.dataset), join(folder, job.dataset));
  await writeFile(join(folder, JOB_FILE), JSON.stringify(job));
}

async function keepResult({ artifacts }: Plugs, { property }: RevisionKey, inputHash: string, left: Left, champion: StoredModel | null, checked: CheckedWeek): Promise<Trained> {
  const { result } = left;
  const models: ReportedModel[] = [];
  for (const { model, bytes } of left.models) models.push(await keepModel(artifacts, model, bytes));
  const walkForward = await artifacts.put('walk-forward', '.arrow', left.walkForward);
  const report: TrainingReport = { ...result, models, walkForward };
  const championRecipe = champion ? namedChampion(champion.recipeJson, result.models.map(({ recipe }) => recipe)).name : null;
  return {
    inputHash,
    models: models.map(({ recipe, modelId }) => ({ recipe: recipe.name, modelId })),
    report: await artifacts.put('training', '.json', Buffer.from(canonicalJson(report as unknown as Json))),
    championRecipe,
    championModelId: champion?.modelId ?? null,
    ...checked,
    figures: `${models.map(({ recipe, modelId }) => `${recipe.name} \`${modelId.slice(0, 6)}…\``).join(', ')}; ${result.datasetRows.toLocaleString('en-US')} rows of ${property}, ${result.evaluatedSnapshots.length} snapshots judged${checkFigures(checked)}`,
  };
}

async function keepModel(artifacts: Plugs['artifacts'], { parity, ...model }: FittedModel, bytes: Uint8Array): Promise<ReportedModel> {
  const kept = await artifacts.put('model', '.pb', bytes);
  return { ...model, modelId: kept.sha256.slice(0, 16), savedModel: kept, parity: await artifacts.put('parity', '.json', Buffer.from(canonicalJson(parity as unknown as Json))) };
}
