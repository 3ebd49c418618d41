import { proxyActivities, workflowInfo, type ActivityOptions } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

/**
 * THE ONE TABLE of time-outs, heartbeats and retries, by class of work. Retry is the default and has no end but the
 * schedule-to-close limit: an outage is waited out. What trying again cannot mend is thrown as a final failure by the
 * step itself (see activities/index.ts).
 */
const RETRY = { initialInterval: '500 milliseconds', backoffCoefficient: 2, maximumInterval: '30 seconds' } as const;

const CLASSES = {
  /** A few rows read or written: at most one for each day or week that the property has, never one a person. */
  quick: { queue: '', startToCloseTimeout: '30 seconds', scheduleToCloseTimeout: '2 days', retry: RETRY },
  /** A stream of rows with a cursor in its heartbeats. */
  bulk: { queue: '', startToCloseTimeout: '4 hours', scheduleToCloseTimeout: '2 days', heartbeatTimeout: '15 seconds', retry: RETRY },
  /** One of several parts of a stream of rows: left to whichever worker has room, where the others of its class go to the one that runs the sequence. */
  spread: { queue: '', startToCloseTimeout: '4 hours', scheduleToCloseTimeout: '2 days', heartbeatTimeout: '15 seconds', retry: RETRY, allowEagerDispatch: false },
  /** Waits for another workflow through the client: on a queue of its own, so that waiting never takes the place of what is waited for. */
  joining: { queue: '-joining', startToCloseTimeout: '30 days', scheduleToCloseTimeout: '30 days', heartbeatTimeout: '15 seconds', retry: RETRY },
  /** A process of its own. An outage of its runner is waited out; a training whose process fails gives up by itself at the third time (activities/model/failed-trainings.ts). */
  compute: { queue: '-compute', startToCloseTimeout: '4 hours', scheduleToCloseTimeout: '2 days', heartbeatTimeout: '15 seconds', retry: RETRY },
  /** What the outside sees: keys, releases, probes. Pods of a cluster may take minutes to come up. */
  publishing: { queue: '-publish', startToCloseTimeout: '15 minutes', scheduleToCloseTimeout: '2 days', heartbeatTimeout: '30 seconds', retry: RETRY },
  /** Schema changes, one at a time. */
  tables: { queue: '-tables', startToCloseTimeout: '2 minutes', scheduleToCloseTimeout: '2 days', retry: RETRY },
  /** Telling people: worth a few tries, never worth holding a week up. */
  telling: { queue: '', startToCloseTimeout: '15 seconds', scheduleToCloseTimeout: '10 minutes', retry: { ...RETRY, maximumAttempts: 5 } },
  /** A round of health, which the next one makes up for: what the outside sees, as releases are probed, and what is noted of it. */
  outside: { queue: '-publish', startToCloseTimeout: '1 minute', scheduleToCloseTimeout: '3 minutes', heartbeatTimeout: '10 seconds', retry: { ...RETRY, maximumAttempts: 3 } },
  noting: { queue: '', startToCloseTimeout: '1 minute', scheduleToCloseTimeout: '2 minutes', retry: { ...RETRY, maximumAttempts: 2 } },
} as const;

/** The steps of one class. `summary` is what the Web UI shows beside the activity. */
function stepsOf(name: keyof typeof CLASSES, summary: string) {
  const { queue, ...options } = CLASSES[name];
  const activity: ActivityOptions = { ...options, taskQueue: baseQueue() + queue, summary };
  return proxyActivities<Activities>(activity);
}

export const quick = (summary: string) => stepsOf('quick', summary);
export const bulk = (summary: string) => stepsOf('bulk', summary);
export const spread = (summary: string) => stepsOf('spread', summary);
export const joining = (summary: string) => stepsOf('joining', summary);
export const compute = (summary: string) => stepsOf('compute', summary);
export const publishing = (summary: string) => stepsOf('publishing', summary);
export const tables = (summary: string) => stepsOf('tables', summary);
export const outside = (summary: string) => stepsOf('outside', summary);
export const noting = (summary: string) => stepsOf('noting', summary);
export const telling = (summary: string) => stepsOf('telling', summary);

/** Queue of the workflows; the other queues are named after it. */
export function baseQueue(): string {
  return workflowInfo().taskQueue.replace(/-tables$/, '');
}
