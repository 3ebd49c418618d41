import { Failure } from '../../domain/failure.ts';
import { differenceText, figureText, intervalText, type GateReport } from '../../domain/model/gate-report.ts';
import { indent, table } from './table.ts';
import type { ModelCard } from '../../domain/model/model-card.ts';
import type { Accepted, Trained } from '../../domain/release/results.ts';
import type { GateOverride } from '../../domain/release/week-status.ts';
import type { ReleaseStore, StageManifest } from '../../ports/release-store.ts';
import type { ArtifactRef, ArtifactStore } from '../../ports/artifact-store.ts';
import type { Cli } from './command.ts';

/** A decision with every number behind it. */
export interface WeekReport {
  readonly property: string;
  readonly week: string;
  /** The revision that the gate decided on; later ones may have taken the decision over. */
  readonly revision: number;
  readonly outcome: Accepted['outcome'];
  readonly sentence: string;
  readonly override: GateOverride | null;
  readonly gate: GateReport;
  /** Of the model that serves, then of the one that was judged, where it is another. */
  readonly cards: readonly ({ readonly modelId: string } & ModelCard)[];
}

const METRICS = [['rocAuc', 'ROC-AUC'], ['prAuc', 'PR-AUC'], ['logLoss', 'log-loss'], ['brier', 'Brier'], ['calibrationError', 'calibration error'], ['liftAtTenth', 'lift at a tenth']] as const;

/** Shows the newest decision on a week, or the one that a revision was built with. */
export async function showReport(cli: Cli, property: string, week: string, revision: number | undefined): Promise<void> {
  const [config, { propertyOf }] = [await cli.config(), await import('../../config.ts')];
  propertyOf(config, property);
  const report = await reportOf(await cli.stores(), property, week, revision);
  cli.result(report, reportText(report));
}

/** The newest decision up to a revision, from the store: fails with `week-unknown` where there is none. */
export async function reportOf({ releaseStore, artifacts }: { releaseStore: ReleaseStore; artifacts: ArtifactStore }, property: string, week: string, revision: number | undefined): Promise<WeekReport> {
  const stages = await releaseStore.readStages(property, week);
  const decided = newest<Accepted>(stages, 'accept', revision);
  if (!decided) throw new Failure('week-unknown', `${revision === undefined ? '' : `revision ${revision} of `}week ${week} of ${property} was not decided on yet; see: npx almanac week status ${property} ${week}`);
  const { override, line: _, ...gate } = await json<GateReport & { override: GateOverride | null; line: string }>(artifacts, decided.result.report);
  const challenger = newest<Trained>(stages, 'train', decided.revision)?.result.models.find(({ recipe }) => recipe === gate.challenger)?.modelId;
  const cards = await Promise.all([...new Set([decided.result.modelId, ...(challenger === undefined ? [] : [challenger])])].map(async (modelId) => {
    const model = await releaseStore.readModel(property, modelId);
    if (!model) throw new Failure('artifact-missing', `model ${modelId} of ${property} is not in the table "models"`);
    return { modelId, ...(await json<ModelCard>(artifacts, model.card)) };
  }));
  return { property, week, revision: decided.revision, outcome: decided.result.outcome, sentence: decided.result.sentence, override, gate, cards };
}

/** The stage's newest result up to a revision: a revision without one of its own has taken it over. */
function newest<Result>(newestFirst: readonly StageManifest[], name: string, upTo = Number.MAX_SAFE_INTEGER): { revision: number; result: Result } | null {
  const manifest = newestFirst.find(({ stage, revision }) => stage === name && revision <= upTo);
  return manifest ? { revision: manifest.revision, result: JSON.parse(manifest.result) as Result } : null;
}

async function json<T>(artifacts: ArtifactStore, ref: ArtifactRef): Promise<T> {
  return JSON.parse(Buffer.from(await artifacts.get(ref)).toString('utf8')) as T;
}

/** The report for people: the decision, what it was judged on, the metrics with their 95 % intervals, the reasons, the cards. */
export function reportText({ property, week, revision, outcome, sentence, gate, cards }: WeekReport): string {
  const { rows, people, positives, negatives, snapshots } = gate.evidence;
  const metrics = Object.entries(gate.metrics).map(([recipe, of]) => [recipe, ...METRICS.map(([name]) => intervalText(of[name]))]);
  const differences = gate.differences.filter(({ of }) => of === gate.challenger).map(({ of, against, difference }) => [`${of} − ${against}`, differenceText(difference)]);
  const section = (title: string, text: string): string[] => (text === '' ? [] : [`  ${title}`, indent(text, '    ')]);
  return [
    `${property} ${week} revision ${revision}: ${outcome.replaceAll('-', ' ')}. ${sentence}`,
    `  judged on ${rows.toLocaleString('en-US')} rows of ${people.toLocaleString('en-US')} people: ${positives.toLocaleString('en-US')} churned, ${negatives.toLocaleString('en-US')} stayed; snapshots ${snapshots.join(', ') || 'none'}`,
    ...section('metrics, with 95 % intervals', metrics.length === 0 ? '' : table(metrics, ['recipe', ...METRICS.map(([, title]) => title)])),
    ...section('differences of ROC-AUC', table(differences)),
    ...section('reasons', table(gate.reasons.map(({ code, sentence: why }) => [code, why]))),
    ...section('strongest features alone (ROC-AUC)', strongest(gate.singleFeatureAuc)),
    ...cards.flatMap((card) => section(`model ${card.modelId}`, cardText(card))),
  ].join('\n');
}

const STRONGEST = 3;

function strongest(aucs: GateReport['singleFeatureAuc']): string {
  return Object.entries(aucs).toSorted(([, a], [, b]) => b - a).slice(0, STRONGEST).map(([feature, auc]) => `${feature} ${figureText(auc)}`).join(', ');
}

function cardText({ dataCut, horizonDays, featureListVersion, features, recipe, weightHash, parameters, libtensorflow, datasetRows, trainingRows, calibration }: ModelCard): string {
  return table([
    ['recipe', `${recipe.name} (${recipe.trainer}), ${Object.entries(recipe.settings).map(([name, value]) => `${name} ${value}`).join(', ')}, seed ${recipe.seed}`],
    ['made for', `${dataCut.week}: nothing at or after ${dataCut.asOf} was read; horizon ${horizonDays} days`],
    ['features', `${recipe.features === 'all' ? `all ${features.length}` : recipe.features.join(', ')} of list ${featureListVersion}`],
    ['fitted', `${parameters.toLocaleString('en-US')} parameters on ${trainingRows.toLocaleString('en-US')} of ${datasetRows.toLocaleString('en-US')} rows; calibration ${calibration.slope.toFixed(3)} · logit ${calibration.intercept < 0 ? '−' : '+'} ${Math.abs(calibration.intercept).toFixed(3)}`],
    ['weights', `sha256 ${weightHash}, libtensorflow ${libtensorflow}`],
  ]);
}
