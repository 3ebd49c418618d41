import { setImmediate as others } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import { FEATURE_LIST_VERSION, FEATURES } from '../../src/domain/churn/features.ts';
import { cutOf } from '../../src/domain/calendar/week.ts';
import { formatInstant } from '../../src/domain/calendar/day.ts';
import { canonicalJson, hashJson, type Json } from '../../src/domain/hash.ts';
import { evidenceOf } from '../../src/domain/model/evidence.ts';
import { decide } from '../../src/domain/model/gate.ts';
import { defaultGateSettings, differenceText, figureText, summarise, type GateReport } from '../../src/domain/model/gate-report.ts';
import type { InPieces } from '../../src/domain/model/in-pieces.ts';
import { modelCardOf, writeModelCard } from '../../src/domain/model/model-card.ts';
import type { Accepted, Trained } from '../../src/domain/release/results.ts';
import type { RevisionKey, StoredModel } from '../../src/domain/release/release.ts';
import type { GateOverride } from '../../src/domain/release/week-status.ts';
import { finishedBefore } from '../week/reuse.ts';
import type { Plugs } from '../plugs.ts';
import { recipeJson, recipesOf } from './recipes.ts';
import { readTrainingReport, type ReportedModel, type TrainingReport } from './training-report.ts';

/** Grows by one when the gate would decide differently on the same evidence. */
const GATE_VERSION = 1;

/** How long the gate works before others have their turn. */
const BUSY_MS = 50;

type Input = RevisionKey & { trained: Trained; override: GateOverride | null; isForced: boolean };

/** The gate: keeps every fitted model with its card, decides which model serves, and writes down why. */
export const acceptModel = (plugs: Plugs) =>
  async ({ trained, override, isForced, ...key }: Input): Promise<Accepted> => {
    const { releaseStore, artifacts, settingsOf } = plugs;
    const property = settingsOf(key.property);
    const { training } = property;
    const baseline = recipesOf(property).baseline.name;
    const settings = { ...defaultGateSettings, evaluationSnapshots: training.evaluationSnapshots, seed: training.seed };
    const inputHash = hashJson({ stage: 'accept', version: GATE_VERSION, report: trained.report.sha256, settings, champion: trained.championModelId, override: override ? { ...override } : null });
    const reused = await finishedBefore<Accepted>(releaseStore, key, 'accept', inputHash, isForced);
    if (reused) return reused;

    const report = await readTrainingReport(artifacts, trained.report);
    const gate = await beating(decide({
      evidence: evidenceOf(plugs.datasets.readWalkForward(await artifacts.get(report.walkForward)), report.models.map(({ recipe }) => recipe.name)),
      baseline,
      challengers: report.models.map(({ recipe }) => recipe).filter(({ name }) => name !== baseline && name !== 'champion'),
      champion: trained.championRecipe === null ? null : { recipe: trained.championRecipe },
      singleFeatureAuc: report.singleFeatureAuc,
      settings,
    }));
    for (const model of report.models) await keepModel(plugs, key, report, model, gate);
    const accepted = await concluded(plugs, key, inputHash, { trained, override, report, gate });
    await releaseStore.writeStage({ ...key, stage: 'accept', inputHash, rowsRevision: key.revision, result: canonicalJson(accepted as unknown as Json) });
    if (override) await releaseStore.writeAudit({ property: key.property, id: `${key.week}.${key.revision}/${override.decision}`, action: override.decision, subject: `${key.week}.${key.revision}`, reason: override.reason, actor: override.by });
    return accepted;
  };

/** Piece by piece: in one go it would hold up every other step of this process, and their heartbeats, for as long as it takes. */
async function beating<Result>(work: InPieces<Result>): Promise<Result> {
  for (let restedMs = performance.now(); ;) {
    const piece = work.next();
    if (piece.done) return piece.value;
    if (performance.now() - restedMs < BUSY_MS) continue;
    heartbeat();
    await others();
    restedMs = performance.now();
  }
}

interface Evidence { trained: Trained; override: GateOverride | null; report: TrainingReport; gate: GateReport }

async function concluded({ releaseStore, artifacts }: Plugs, key: RevisionKey, inputHash: string, { trained, override, report, gate }: Evidence): Promise<Accepted> {
  const champion = trained.championModelId === null ? null : await releaseStore.readModel(key.property, trained.championModelId);
  const keepsServing = champion ? `${champion.trainedFor}'s model` : 'the baseline';
  const outcome = override === null ? gate.outcome : override.decision === 'approve' ? 'approved-by-person' : 'rejected-by-person';
  const takesChallenger = outcome === 'accepted' || outcome === 'approved-by-person';
  const challenger = gate.challenger ?? report.models.find(({ recipe }) => recipe.name !== gate.baseline && recipe.name !== 'champion')!.recipe.name; // decide() saw one
  const serving = takesChallenger ? fittedAs(report, challenger) : await championModel(releaseStore, key, trained, report, gate.baseline);
  const judged = takesChallenger ? challenger : gate.challenger ?? challenger;
  const line = summarise(gate, { week: key.week, keepsServing });
  return {
    inputHash, outcome, modelId: serving.modelId, recipe: serving.recipe,
    auc: gate.metrics[judged]?.rocAuc.value ?? null,
    baseline: gate.baseline,
    baselineAuc: gate.metrics[gate.baseline]?.rocAuc.value ?? null,
    report: await artifacts.put('gate', '.json', Buffer.from(canonicalJson({ ...gate, override, line } as unknown as Json))),
    sentence: override ? `${outcome.replaceAll('-', ' ')} ${override.by}: ${override.reason} (the gate: ${line})` : line,
    figures: figuresOf(gate, judged, outcome),
  };
}

/** The champion's own model; where its features are computed differently by now, its recipe fitted anew; at first the baseline. */
async function championModel(releaseStore: Plugs['releaseStore'], { property }: RevisionKey, trained: Trained, report: TrainingReport, baseline: string): Promise<{ modelId: string; recipe: string }> {
  if (trained.championModelId === null || trained.championRecipe === null) return fittedAs(report, baseline);
  const champion = await releaseStore.readModel(property, trained.championModelId);
  if (champion?.featureListVersion === FEATURE_LIST_VERSION) return { modelId: champion.modelId, recipe: champion.recipe };
  return fittedAs(report, trained.championRecipe);
}

function fittedAs(report: TrainingReport, name: string): { modelId: string; recipe: string } {
  const model = report.models.find(({ recipe }) => recipe.name === name)!; // every recipe of the job is fitted
  return { modelId: model.modelId, recipe: name };
}

async function keepModel({ artifacts, releaseStore, settingsOf }: Plugs, { property, week }: RevisionKey, report: TrainingReport, model: ReportedModel, gate: GateReport): Promise<void> {
  const { churn, timeZone } = settingsOf(property);
  const card = modelCardOf({
    property, dataCut: { week, asOf: formatInstant(cutOf(week, timeZone)) }, horizonDays: churn.horizonDays, featureListVersion: FEATURE_LIST_VERSION,
    features: FEATURES.map(({ name }) => name), result: report, model, report: gate,
  });
  const stored: StoredModel = {
    property, modelId: model.modelId, servedVersion: servedVersionOf(model.modelId), recipe: model.recipe.name, recipeJson: recipeJson(model.recipe),
    featureListVersion: FEATURE_LIST_VERSION, trainedFor: week, savedModel: model.savedModel, parity: model.parity, weightHash: model.weightHash,
    card: await artifacts.put('card', '.json', Buffer.from(writeModelCard(card))),
  };
  await releaseStore.writeModel(stored);
}

/** A model server wants a number: the first 48 bits of the model's hash, which a double holds exactly. */
function servedVersionOf(modelId: string): string {
  return String(Number.parseInt(modelId.slice(0, 12), 16));
}

function figuresOf(gate: GateReport, judged: string, outcome: string): string {
  const metrics = gate.metrics[judged];
  const against = (name: string) => gate.differences.find((pair) => pair.of === judged && pair.against === name)?.difference;
  const [baseline, champion] = [against(gate.baseline), gate.champion === null || gate.champion === judged ? undefined : against(gate.champion)];
  return [
    `${outcome}${metrics ? `; AUC ${figureText(metrics.rocAuc.value)}` : ''} on ${gate.evidence.rows.toLocaleString('en-US')} rows`,
    ...(baseline ? [`− ${gate.baseline} ${differenceText(baseline)}`] : []),
    ...(champion ? [`− champion ${differenceText(champion)}`] : []),
    ...(metrics ? [`calibration ${figureText(metrics.calibrationError.value)}`] : []),
  ].join('; ');
}
