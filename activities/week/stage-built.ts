import { formatInstant } from '../../src/domain/calendar/day.ts';
import { cutOf } from '../../src/domain/calendar/week.ts';
import { Failure } from '../../src/domain/failure.ts';
import { whileWaiting } from '../publish/while-waiting.ts';
import type { Override, RevisionKey } from '../../src/domain/release/release.ts';
import type { Accepted, Extracted, PinnedDays, Scored } from '../../src/domain/release/results.ts';
import type { Plugs } from '../plugs.ts';

type Built = RevisionKey & { days: PinnedDays; people: Extracted; accepted: Accepted; scored: Scored; overrides?: readonly Override[] };

/** Writes the release of a finished build as `staged`: only the probe can see it. */
export const stageBuilt = ({ releaseStore, publisher, settingsOf }: Plugs) =>
  async ({ property, week, revision, days, people, accepted, scored, overrides = [] }: Built): Promise<void> => {
    const { churn, timeZone } = settingsOf(property);
    const model = await releaseStore.readModel(property, accepted.modelId);
    if (model === null) throw new Failure('artifact-missing', `model ${accepted.modelId} of ${property} is not in the table "models"; rerun the week from train`);
    if ((await releaseStore.readRelease({ property, week, revision })) === null) {
      await releaseStore.stageRelease({
        property, week, revision, state: 'staged', asOf: formatInstant(cutOf(week, timeZone)), horizonDays: churn.horizonDays, shardCount: days.shardCount,
        featureListVersion: people.featureListVersion, dayMap: days.dayMap, rowsRevision: people.rowsRevision, kinds: people.kinds, scored: scored.scored,
        modelId: accepted.modelId, modelVersion: model.servedVersion, recipe: accepted.recipe, outcome: accepted.outcome, gateReport: accepted.report,
        finality: days.provisional ? 'provisional' : 'final',
        ...(overrides.length > 0 ? { overrides } : {}),
      });
    }
    await publisher.stage({ property, week, revision }, whileWaiting());
  };
