import { heartbeat, cancellationSignal } from '@temporalio/activity';
import { cutAt } from '../../src/domain/churn/cuts.ts';
import { meanGapOf } from '../../src/domain/churn/labels.ts';
import { localClock } from '../../src/domain/churn/local-time.ts';
import { pastOf } from '../../src/domain/churn/past.ts';
import { timelineOf } from '../../src/domain/churn/timeline.ts';
import { cutDayOf } from '../../src/domain/calendar/week.ts';
import type { Gaps } from '../../src/domain/churn/population.ts';
import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import { readDayMap } from '../week/pin-days.ts';
import type { Plugs } from '../plugs.ts';

/** For the label rule `mean-gap`: the sum of people's mean gaps in days, and how many people have one, before T. */
export const measureGaps = ({ activityStore, artifacts, settingsOf }: Plugs) =>
  async ({ property, week, dayMap, shards }: RevisionKey & { dayMap: ArtifactRef; shards: readonly number[] }): Promise<Gaps> => {
    const { timeZone, churn } = settingsOf(property);
    const days = await readDayMap(artifacts, dayMap);
    const localTimeOf = localClock(timeZone);
    const cut = cutAt(cutDayOf(week), timeZone, churn);
    const total = { sumDays: 0, people: 0 };
    for (const shard of shards) {
      for await (const { events } of activityStore.readShard({ property, shard, days, signal: cancellationSignal() })) {
        const past = pastOf(timelineOf(events, localTimeOf), cut.atUs, localTimeOf);
        const gap = past === null ? null : meanGapOf(past);
        if (gap !== null) {
          total.sumDays += gap;
          total.people += 1;
        }
        heartbeat();
      }
    }
    return total;
  };
