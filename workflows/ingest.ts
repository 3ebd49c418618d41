import { ApplicationFailure, setWorkflowOptions, upsertSearchAttributes } from '@temporalio/workflow';
import { isSettled } from '../src/domain/activity/manifest.ts';
import type { DayOutcome } from '../activities/ingest/day-outcome.ts';
import type { LoadCursor } from '../activities/ingest/load-day.ts';
import type { DayLook } from '../activities/ingest/look-at-day.ts';
import type { Day } from '../src/domain/calendar/day.ts';
import { startReconciling } from './start-reconciling.ts';
import { bulk, quick } from './steps.ts';
import { tags } from './tags.ts';

export interface IngestInput {
  readonly property: string;
  readonly day: Day;
}

/** A source that changes under our hands is looked at again this often. */
const MOST_LOOKS = 5;

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, ingest);
/** One look at one day, `ingest/<property>/<day>`: its rows come in whole, or the reason why not is written down. */
export async function ingest({ property, day }: IngestInput): Promise<DayOutcome> {
  upsertSearchAttributes(tags({ property, day, runKind: 'ingest' }));
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const outcome = await lookOnce(property, day);
    if (!outcome) continue;
    upsertSearchAttributes(tags({ stage: outcome.state, rows: outcome.rows }));
    if (isSettled(outcome.state) || outcome.isAwaited) await quick('tell waiting weeks').announceDay({ property, day });
    return outcome;
  }
  throw ApplicationFailure.nonRetryable(`the source of day ${day} of "${property}" changed during each of ${MOST_LOOKS} looks; ingest it again when it is quiet`, 'day-changed-while-read');
}

/** Null when the source or the day changed meanwhile. */
async function lookOnce(property: string, day: Day): Promise<DayOutcome | null> {
  const look = await bulk('look').lookAtDay({ property, day });
  switch (look.found) {
    case 'unchanged':
      return look.outcome;
    case 'nothing':
      return quick(look.state).markDay({ property, day, state: look.state, reason: look.reason });
    case 'rows':
      return takeIn(property, day, look);
  }
}

type FoundRows = Extract<DayLook, { found: 'rows' }>;

async function takeIn(property: string, day: Day, look: FoundRows): Promise<DayOutcome | null> {
  const { sourceVersion, mappingHash } = look;
  const { generation, isSealed } = await quick('generation').claimDay({ property, day, sourceVersion, mappingHash });
  if (isSealed) return seal(property, day, generation, look, null);
  const loaded = await bulk('load').loadDay({ property, day, generation, sourceVersion });
  switch (loaded.end) {
    case 'changed':
      return null;
    case 'unreadable':
      return quick('bad rows').markDay({ property, day, state: 'bad-rows', reason: loaded.reason });
    case 'loaded':
      return seal(property, day, generation, look, loaded);
  }
}

async function seal(property: string, day: Day, generation: number, look: FoundRows, loaded: LoadCursor | null): Promise<DayOutcome | null> {
  const outcome = await bulk('seal').sealDay({ property, day, generation, look, loaded });
  // Only a source that has a second opinion says so, and none did before it could.
  if (outcome?.state === 'final' && look.reconciles) await startReconciling({ property, day, generation });
  return outcome;
}
