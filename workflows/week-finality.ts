import { condition } from '@temporalio/workflow';
import { finalRequestId } from '../src/domain/release/week-status.ts';
import { publishing, quick } from './steps.ts';
import { enqueue, hasWork, show, type WeekState } from './week-state.ts';
import type { News, WeekKey } from './week-messages.ts';

const HOURLY = '1 hour';

/** Does the week serve a provisional release whose end was not seen to yet? */
export function isBecomingFinal({ live, handled }: WeekState): boolean {
  return live?.isProvisional === true && !handled.some(([known]) => known === finalRequestId(live.revision));
}

/**
 * One look at the days of a provisional release: while one may still change, waits for news (or an hour, or other work).
 * Final as they were read, the mark goes; final in other versions, the week is built again, once: the wish is named for
 * the release, so that it is one wish however often it is made.
 */
export async function becomeFinal({ property, week }: WeekKey, state: WeekState, news: News): Promise<void> {
  const live = state.live!; // checked by the caller
  const key = { property, week, revision: live.revision };
  news.dayIsFinal = false;
  const look = await quick('are its days final by now?').lookAtProvisional(key);
  if (hasWork(state)) return;
  switch (look.found) {
    case 'waiting':
      state.waitingFor = [...look.waitingFor];
      await condition(() => news.dayIsFinal || hasWork(state), HOURLY);
      return;
    case 'same':
      await publishing('its days are final as they were read').markFinal(key);
      state.live = { revision: live.revision, address: live.address, modelId: live.modelId, scored: live.scored };
      state.waitingFor = [];
      show(state, 'serving', `${state.last?.quality.sentence ?? `Revision ${live.revision} is live.`} Its days are final as they were read.`);
      return;
    case 'changed':
      state.waitingFor = [];
      enqueue(state, { from: 'extract', requestId: finalRequestId(live.revision) });
  }
}
