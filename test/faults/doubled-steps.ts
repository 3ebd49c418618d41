// The worker's steps, each done twice: the process that does a step first reports a failure once all its effects are
// there, and never takes the step again; another process, which knows nothing of it, does it anew and reports. A process
// that died instead would be missed only after 15 to 120 s a step; that it may die is what the kill trials show.
import { createHash } from 'node:crypto';
import { appendFileSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { createActivities as createReal, type Activities, type Plugs } from '../../activities/index.ts';

/** One step that was done twice, by two processes. */
export interface Doubled {
  readonly step: string;
  readonly firstPid: number;
  readonly secondPid: number;
}
type Step = (...args: unknown[]) => Promise<unknown>;

const folder = join(process.env.ALMANAC_HOME ?? '', 'doubled');
mkdirSync(folder, { recursive: true });

export function createActivities(plugs: Plugs): Activities {
  return Object.fromEntries(Object.entries(createReal(plugs)).map(([step, work]) => [step, doubled(step, work as Step)])) as unknown as Activities;
}

function doubled(step: string, work: Step): Step {
  return async (...args) => {
    const { workflowExecution, activityId } = activityInfo();
    const file = join(folder, createHash('sha256').update(`${workflowExecution?.runId}/${activityId}`).digest('hex'));
    const firstPid = whoDid(file);
    if (firstPid === process.pid) throw again('this process has done it already');
    const result = await work(...args);
    if (firstPid === null && isFirst(file)) throw again('done, and not reported');
    appendFileSync(join(folder, 'done-twice.ndjson'), `${JSON.stringify({ step, firstPid: whoDid(file) ?? 0, secondPid: process.pid } satisfies Doubled)}\n`);
    return result;
  };
}

function again(message: string): ApplicationFailure {
  return ApplicationFailure.create({ message, type: 'twice', nextRetryDelay: '100 milliseconds' });
}

function whoDid(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

/** A file that is there says its pid at once: it is written beside its name and linked. */
function isFirst(file: string): boolean {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, file);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(draft);
  }
}
