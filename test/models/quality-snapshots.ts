import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { jobOf } from '../../activities/model/train-models.ts';
import { propertyOf, readConfig } from '../../src/config.ts';
import { addDays, daysBetween, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import { weekOf } from '../../src/domain/calendar/week.ts';
import { cutAt, weekCuts } from '../../src/domain/churn/cuts.ts';
import { FEATURES, featuresOf } from '../../src/domain/churn/features.ts';
import { kindOf } from '../../src/domain/churn/kinds.ts';
import { outcomeOf } from '../../src/domain/churn/labels.ts';
import { localClock } from '../../src/domain/churn/local-time.ts';
import { pastOf } from '../../src/domain/churn/past.ts';
import { personRowBuilder } from '../../src/domain/churn/person-rows.ts';
import { timelineOf } from '../../src/domain/churn/timeline.ts';
import { writeDataset } from '../../src/models/dataset.ts';
import { loadSavedModel } from '../../src/models/load-saved-model.ts';
import type { DatasetRow, Recipe, TrainingJob } from '../../src/domain/model/training.ts';
import type { PersonHistory } from '../../src/ports/activity-store.ts';

/** The demo shop as `almanac.yaml` and its defaults have it. */
export const shopSettings = propertyOf(readConfig({}, path.join(import.meta.dirname, '../../almanac.yaml')), 'shop');
export const featureNames = FEATURES.map(({ name }) => name);
export const daysSinceLast = featureNames.indexOf('days_since_last');

/** People at one cut: what a model may see of them, and what they did afterwards. */
export interface Judged {
  readonly features: readonly (readonly number[])[];
  /** 1: no event within the horizon. */
  readonly labels: readonly (0 | 1)[];
}

/** The rows that train for the week that ends at `day`, in the order of people and snapshots, as the extract stage gives them. */
export function trainingRows(people: readonly PersonHistory[], day: Day): DatasetRow[] {
  const { churn, timeZone, calendar } = shopSettings;
  const cuts = weekCuts(weekOf(addDays(day, -1)), timeZone, churn, calendar.firstDay);
  const build = personRowBuilder(cuts, churn, timeZone);
  const oldest = cuts.snapshots.at(-1)?.cut.day ?? cuts.veteran.cut.day;
  const snapshots = new Map(cuts.snapshots.map(({ name, week, cut }) => [name, { snapshot: week, snapshotIndex: Math.round(daysBetween(oldest, cut.day) / 7) }]));
  return people.flatMap((history, person) => (build(history)?.veteran ?? []).flatMap(({ trains, snapshotWeek, label, features }): DatasetRow[] => {
    const snapshot = snapshots.get(snapshotWeek);
    return trains && snapshot ? [{ person, ...snapshot, label: label === 'churned' ? 1 : 0, features }] : [];
  }));
}

/** People of kind 3 at `day`, judged by what they did in the horizon after it. */
export function predictablePeople(people: readonly PersonHistory[], day: Day): Judged {
  const { churn, timeZone } = shopSettings;
  const cut = cutAt(day, timeZone, churn);
  return judgedAt(people.filter(({ events }) => kindOf(events.map(({ timeUs }) => timeUs), cut, churn)?.kind === 3), day, timeZone, churn.horizonDays);
}

/** Everybody seen before `day`, judged by the `horizonDays` after it. */
export function judgedAt(people: readonly PersonHistory[], day: Day, timeZone: string, horizonDays: number): Judged {
  const localTimeOf = localClock(timeZone);
  const [cutUs, endUs] = [startOfDay(day, timeZone), startOfDay(addDays(day, horizonDays), timeZone)];
  const judged = people.flatMap(({ events }) => {
    const timeline = timelineOf(events, localTimeOf);
    const past = pastOf(timeline, cutUs, localTimeOf);
    return past === null ? [] : [{ features: featuresOf(past), label: outcomeOf(timeline.times, cutUs, endUs) === 'churned' ? (1 as const) : (0 as const) }];
  });
  return { features: judged.map(({ features }) => features), labels: judged.map(({ label }) => label) };
}

/** Writes dataset and job into a new folder, as the train step does for the trainer. */
export async function writeRealJob(folder: string, rows: readonly DatasetRow[], recipes: readonly Recipe[], change: Partial<TrainingJob> = {}): Promise<TrainingJob> {
  const job = { ...jobOf(shopSettings, recipes), ...change };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, job.dataset), await writeDataset(rows, job.featureNames, { property: 'shop' }));
  await writeFile(path.join(folder, 'job.json'), JSON.stringify(job));
  return job;
}

/** What stock libtensorflow says of these people from the model in `folder`. */
export async function probabilities(folder: string, { features }: Judged): Promise<Float32Array> {
  const model = await loadSavedModel(folder);
  try {
    return model.predict(Float32Array.from(features.flat()), features.length);
  } finally {
    model.dispose();
  }
}
