import { CHECKS_STAGE, failed, warned, type CheckVerdict } from '../../src/domain/check.ts';
import { featuresUnder } from '../../src/domain/churn/features.ts';
import { canonicalJson, type Json } from '../../src/domain/hash.ts';
import { Failure } from '../../src/domain/failure.ts';
import { judgeWeek, type WeekProfile } from '../../src/domain/model/week-checks.ts';
import type { Extracted } from '../../src/domain/release/results.ts';
import type { Override, RevisionKey } from '../../src/domain/release/release.ts';
import type { CheckOverride } from '../../src/domain/release/week-status.ts';
import type { Plugs } from '../plugs.ts';

/** How a week's checks ended, and those of them that a person overrode. */
export interface CheckedWeek {
  readonly checks: readonly CheckVerdict[];
  readonly overrides?: readonly Override[];
}

/**
 * Judges the rows of a week before anything is trained, and keeps the verdicts in a manifest. Fails with `check-failed` when
 * a check fails that nobody took responsibility for; an override is written to the audit, keyed by the revision. Without rows
 * of both kinds there is no model, whatever was decided: `training-failed`.
 */
export async function checkedWeek(plugs: Plugs, key: RevisionKey, people: Extracted, override: CheckOverride | null): Promise<CheckedWeek> {
  const { churn, checks: limits } = plugs.settingsOf(key.property);
  const { trainingRows, churnedRows, profile = null } = people;
  const checks = judgeWeek({ trainingRows, churnedRows, profile, before: await profileBefore(plugs, key), features: featuresUnder(churn.label).map(({ name }) => name) }, limits);
  const failures = failed(checks);
  const overrides = override === null ? [] : failures.map(({ check, sentence }): Override => ({ what: `check ${check} (${sentence})`, ...override }));
  const checked: CheckedWeek = { checks, ...(overrides.length > 0 ? { overrides } : {}) };
  await plugs.releaseStore.writeStage({ ...key, stage: CHECKS_STAGE, inputHash: people.inputHash, rowsRevision: people.rowsRevision, result: canonicalJson(checked as unknown as Json) });
  bothKindsTrain(key, people);
  if (failures.length > 0 && override === null) throw failureOf(key, failures);
  if (override !== null && failures.length > 0) await writeAudit(plugs, key, override);
  return checked;
}

async function writeAudit({ releaseStore }: Plugs, { property, week, revision }: RevisionKey, { reason, by }: CheckOverride): Promise<void> {
  const subject = `${week}.${revision}`;
  await releaseStore.writeAudit({ property, id: `${subject}/override-checks`, action: 'override-checks', subject, reason, actor: by });
}

/** For the stage table; empty when all is well. */
export function checkFigures({ checks, overrides = [] }: CheckedWeek): string {
  const warnings = warned(checks).map(({ check }) => check);
  return `${warnings.length > 0 ? `; warnings: ${warnings.join(', ')}` : ''}${overrides.length > 0 ? `; ${overrides.length} checks overridden` : ''}`;
}

/** Where too few came early, there is nothing to learn from yet, and that is said. */
function bothKindsTrain({ property, week }: RevisionKey, { trainingRows, churnedRows }: Extracted): void {
  if (churnedRows > 0 && churnedRows < trainingRows) return;
  throw new Failure('training-failed', `week ${week} of ${property} cannot have a model (${trainingRows === 0 ? 'zero-labels' : 'one-class'}): ${trainingRows} rows train, ${churnedRows} of them of people who churned; some of both are needed. Run a later week`);
}

function failureOf({ property, week }: RevisionKey, failures: readonly CheckVerdict[]): Failure {
  const sentences = failures.map(({ check, sentence }) => `${check}: ${sentence}`).join('; ');
  return new Failure('check-failed', `week ${week} of ${property} stops before training: ${sentences}. What was live stays up. Mend the data, or take responsibility: npx almanac week rerun ${property} ${week} --from train --override "…"`);
}

/** The profile of the rows that the latest release before this week was built from. */
async function profileBefore({ releaseStore }: Plugs, { property, week }: RevisionKey): Promise<WeekProfile | null> {
  const release = await releaseStore.latestBefore(property, week);
  if (release === null) return null;
  const stages = await releaseStore.readStages(property, release.week); // newest revision first
  const manifest = stages.find(({ stage, revision }) => stage === 'extract' && revision <= release.revision);
  return manifest ? (JSON.parse(manifest.result) as Extracted).profile ?? null : null;
}
