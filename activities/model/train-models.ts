import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import { FEATURE_LIST_VERSION, FEATURES } from '../../src/domain/churn/features.ts';
import { Failure } from '../../src/domain/failure.ts';
import { canonicalJson, hashJson, type Json } from '../../src/domain/hash.ts';
import type { FittedModel, Recipe, TrainingJob, TrainingResult } from '../../src/domain/model/training.ts';
import type { Extracted, Trained } from '../../src/domain/release/results.ts';
import type { CheckOverride } from '../../src/domain/release/week-status.ts';
import type { RevisionKey, StoredModel } from '../../src/domain/release/release.ts';
import type { JobOutcome } from '../../src/ports/job-runner.ts';
import type { PropertySettings } from '../../src/ports/settings.ts';
import { beating } from '../health/beating.ts';
import { finishedBefore } from '../week/reuse.ts';
import type { Plugs } from '../plugs.ts';
import { checkFigures, checkedWeek, type CheckedWeek } from './checked-week.ts';
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
 * nothing to learn from.
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
    const outcome = await plugs.runner.run(
      { id: `train/${key.property}/${key.week}/r${key.revision}`, program: 'trainer', folder, inputs: [JOB_FILE, DATASET_FILE], timeoutMs: settings.training.timeoutMinutes * 60_000, memoryMb: settings.training.memoryMb },
      { signal: cancellationSignal(), onBeat: (progress) => heartbeat(progress), prepare: () => prepareFolder(plugs, folder, people, jobOf(settings, recipes)) },
    );
    if (outcome.reason !== 'finished') throw failureOf(key, outcome);

    const trained = await beating(keepResult(plugs, key, inputHash, folder, champion, checked));
    await plugs.releaseStore.writeStage({ ...key, stage: 'train', inputHash, rowsRevision: people.rowsRevision, result: canonicalJson(trained as unknown as Json) });
    await keepLog(plugs, folder, outcome);
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

/** A bad job, a lack of memory or of time ends the same way each time; a crash may not. */
function failureOf({ property, week }: RevisionKey, { reason, exitCode, lastLines, logFile }: JobOutcome): Failure {
  const said = lastLines.at(-1) ?? 'it said nothing';
  const isFinal = reason === 'timed-out' || reason === 'out-of-memory' || exitCode === 2 || activityInfo().attempt >= 3;
  return new Failure('training-failed', `training ${property} ${week} ${reason} (exit code ${exitCode ?? 'none'}): ${said}. Log: ${logFile}`, { isFinal });
}

async function keepResult({ artifacts }: Plugs, { property }: RevisionKey, inputHash: string, folder: string, champion: StoredModel | null, checked: CheckedWeek): Promise<Trained> {
  const result = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as TrainingResult;
  const models: ReportedModel[] = [];
  for (const model of result.models) models.push(await keepModel(artifacts, folder, model));
  const walkForward = await artifacts.put('walk-forward', '.arrow', await readFile(join(folder, result.walkForward)));
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

/** What the job said outlives its folder, under the folder's name; the runner bounds it. */
async function keepLog({ jobLogsFolder }: Pick<Plugs, 'jobLogsFolder'>, folder: string, { logFile }: Pick<JobOutcome, 'logFile'>): Promise<void> {
  await mkdir(jobLogsFolder, { recursive: true });
  await copyFile(logFile, join(jobLogsFolder, `${basename(folder)}.log`));
}

async function keepModel(artifacts: Plugs['artifacts'], folder: string, { savedModel, parity, ...model }: FittedModel): Promise<ReportedModel> {
  const kept = await artifacts.put('model', '.pb', await readFile(join(folder, savedModel)));
  return { ...model, modelId: kept.sha256.slice(0, 16), savedModel: kept, parity: await artifacts.put('parity', '.json', Buffer.from(canonicalJson(parity as unknown as Json))) };
}
