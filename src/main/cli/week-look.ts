import { failed, warned, type CheckVerdict } from '../../domain/check.ts';
import { formatSeconds, type Stage, type StageRow } from '../../domain/release/stages.ts';
import { qualityText } from '../quality-text.ts';
import { table } from './table.ts';
import type { Override, Release } from '../../domain/release/release.ts';
import type { Accepted, Trained } from '../../domain/release/results.ts';
import type { WeekPhase, WeekStatus } from '../../domain/release/week-status.ts';
import type { Publisher } from '../../ports/publisher.ts';
import type { ReleaseStore, StageManifest, WeekRecord } from '../../ports/release-store.ts';

/** A week as the store alone knows it: what is said when no workflow answers. */
export interface WeekLook {
  readonly week: string;
  readonly phase: WeekPhase | 'staged';
  readonly revision: number | null;
  readonly modelId: string | null;
  readonly recipe: string | null;
  readonly outcome: string | null;
  readonly kinds: readonly number[] | null;
  readonly scored: number | null;
  readonly auc: number | null;
  readonly baseline: string;
  readonly baselineAuc: number | null;
  readonly sentence: string | null;
  readonly successor: string | null;
  /** Null where nothing was staged. */
  readonly finality: Release['finality'] | null;
  readonly address: string;
  /** Checks before its training that warned, or failed and were overridden. */
  readonly checks: readonly CheckVerdict[];
  /** What people took responsibility for. */
  readonly overrides: readonly Override[];
}

/** Reads what the store says of a week; one more read for what its stages found. */
export async function lookAtWeek(releaseStore: ReleaseStore, property: string, { week, service, release, staged }: WeekRecord, addressOf: Publisher['addressOf']): Promise<WeekLook> {
  const shown = release ?? staged.at(-1) ?? null;
  const stages = shown === null ? [] : await releaseStore.readStages(property, week);
  const accepted = shown && resultOf<Accepted>(stages, 'accept', shown.revision);
  const checks = (shown && resultOf<Trained>(stages, 'train', shown.revision)?.checks) ?? [];
  return {
    week, phase: service === null ? 'staged' : service.state === 'live' ? 'serving' : 'retired', revision: shown?.revision ?? null, modelId: shown?.modelId ?? null, recipe: shown?.recipe ?? null,
    finality: shown?.finality ?? null, outcome: shown?.outcome ?? null, kinds: shown?.kinds ?? null, scored: shown?.scored ?? null, auc: accepted?.auc ?? null, baseline: accepted?.baseline ?? 'baseline', baselineAuc: accepted?.baselineAuc ?? null, sentence: accepted?.sentence ?? null,
    successor: service?.state === 'retired' ? service.successor : null, address: addressOf({ property, week }),
    checks: [...failed(checks), ...warned(checks)], overrides: shown?.overrides ?? [],
  };
}

/** The result of the stage that the revision was built from: its own, or the latest before it that was reused. */
function resultOf<Result>(newestFirst: readonly StageManifest[], name: Stage, revision: number): Result | null {
  const manifest = newestFirst.find((stage) => stage.stage === name && stage.revision <= revision);
  return manifest ? (JSON.parse(manifest.result) as Result) : null;
}

/** What people took responsibility for, and what the checks warn of, a line each. */
function checkLines(checks: readonly CheckVerdict[] = [], overrides: readonly Override[] = []): string[] {
  return [
    ...overrides.map(({ what, reason, by }) => `  overridden${by === null ? '' : ` by ${by}`}: ${what}: ${reason}`),
    ...warned(checks).map(({ check, sentence }) => `  warning ${check}: ${sentence}`),
  ];
}

export function stageText({ stage, state, figures, tookMs }: StageRow): string {
  return `  ${stage.padEnd(8)} ${state.padEnd(8)} ${figures}${tookMs === null ? '' : `   ${formatSeconds(tookMs)}`}`.trimEnd();
}

/** The answer of a week's workflow, for people. */
export function statusText({ property, week, phase, sentence, stages, live, waitingFor, last }: WeekStatus): string {
  const rows = stages.map(({ stage, state, figures, tookMs }) => [`  ${stage}`, state, figures, tookMs === null ? '' : formatSeconds(tookMs)]);
  return [
    `${property} ${week}: ${phase}. ${sentence}`,
    ...(rows.length > 0 ? [table(rows, ['  stage', 'state', 'figures', 'took'])] : []),
    ...(waitingFor.length > 0 ? [`  waits for ${waitingFor.map(({ day, state }) => `${day} (${state})`).join(', ')}`] : []),
    ...(live ? [`  live: revision ${live.revision}${live.isProvisional ? ', provisional' : ''}, model ${live.modelId}, ${live.scored.toLocaleString('en-US')} scored, ${live.address}`] : []),
    ...checkLines(last?.checks, last?.overrides),
    ...(last?.changed ? [`  against the revision before: ${last.changed.kind} people changed kind, ${last.changed.decile} changed decile (npx almanac week changes ${property} ${week})`] : []),
  ].join('\n');
}

/** The same from the store. */
export function lookText(property: string, look: WeekLook): string {
  const figures = [qualityText(look), look.outcome?.replaceAll('-', ' '), look.scored === null ? '' : `${look.scored.toLocaleString('en-US')} scored`].filter(Boolean).join(', ');
  return [
    `${property} ${look.week}: ${look.phase}${look.revision === null ? '' : `, revision ${look.revision}`}${look.finality === 'provisional' ? ', provisional' : ''}${look.successor ? `, its successor is ${look.successor}` : ''}. No workflow answers; this is what the store says.`,
    ...(figures ? [`  ${figures}`] : []), ...(look.sentence ? [`  ${look.sentence}`] : []), ...checkLines(look.checks, look.overrides), ...(look.phase === 'serving' ? [`  ${look.address}`] : []),
  ].join('\n');
}
