import { namedDays, namesAlike, settledVolumes } from '../../src/domain/activity/judge-again.ts';
import { judgeContent, judgeDay, volumeLookBackDays, type DayCounts, type Verdict } from '../../src/domain/activity/verdict.ts';
import { addDays, type Day } from '../../src/domain/calendar/day.ts';
import type { DayState } from '../../src/domain/activity/manifest.ts';
import type { PastNames } from '../../src/domain/activity/renamed-event.ts';
import type { DayStatus } from '../../src/ports/activity-store.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

type Finality = 'final' | 'provisional';

interface Question {
  readonly property: string;
  readonly day: Day;
  readonly counts: DayCounts;
  readonly mappingHash: string;
  readonly finality: Finality;
}

/** A verdict with the state that the day gets. */
type DayVerdict = Omit<Verdict, 'state'> & { readonly state: DayState };

/** What a day that was read is worth, against the settled days before it and what its source says of it. */
export async function verdictOnDay(plugs: Pick<IngestPlugs, 'settingsOf' | 'activityStore'>, { property, day, counts, mappingHash, finality }: Question): Promise<DayVerdict> {
  const { checks } = plugs.settingsOf(property);
  const before = await plugs.activityStore.readDays(property, addDays(day, -volumeLookBackDays), addDays(day, -1));
  const names = checks.renamedEvent || checks.missingEvents ? await namesOf(plugs, property, mappingHash, before) : [];
  return settled(judgeDay(day, counts, checks, settledVolumes(before), names), finality);
}

/** The same without the days before it: what does not depend on which of them were in by then. */
export function verdictOnContent({ settingsOf }: Pick<IngestPlugs, 'settingsOf'>, { property, counts, finality }: Pick<Question, 'property' | 'counts' | 'finality'>): DayVerdict {
  return settled(judgeContent(counts, settingsOf(property).checks), finality);
}

async function namesOf({ activityStore }: Pick<IngestPlugs, 'activityStore'>, property: string, mappingHash: string, before: readonly DayStatus[]): Promise<PastNames[]> {
  const manifests = await Promise.all(namedDays(before).map(({ day, generation }) => activityStore.readManifest({ property, day, generation })));
  return namesAlike(manifests.filter((manifest) => manifest !== null), mappingHash);
}

function settled(verdict: Verdict, finality: Finality): DayVerdict {
  return verdict.state === 'final' ? { ...verdict, state: finality } : verdict;
}
