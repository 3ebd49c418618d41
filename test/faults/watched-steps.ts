// The worker's steps, watched: what each calls is written down, and it may die at any of its calls.
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { activityInfo } from '@temporalio/activity';
import { createActivities as createReal, type Activities, type Plugs } from '../../activities/index.ts';
import { atCall, watchedPlug, watching, type Execution } from './watched-calls.ts';

type Step = (...args: unknown[]) => Promise<unknown>;

const trace = join(process.env.ALMANAC_HOME ?? '', 'faults', 'trace.ndjson');

export function createActivities(plugs: Plugs): Activities {
  const steps = createReal(watched(plugs as unknown as Record<string, unknown>) as unknown as Plugs);
  return Object.fromEntries(Object.entries(steps).map(([step, work]) => [step, watchedStep(step, work as Step)])) as unknown as Activities;
}

function watchedStep(step: string, work: Step): Step {
  return (...args) => {
    const { workflowExecution, activityId, attempt } = activityInfo();
    const execution: Execution = { step, workflowId: workflowExecution?.workflowId ?? '', activityId, attempt, calls: [], startMs: Date.now(), endMs: null };
    return watching(execution, async () => {
      note(execution);
      await atCall('begin', async () => undefined);
      const result = await work(...args);
      await atCall('end', async () => undefined);
      note({ ...execution, endMs: Date.now() });
      return result;
    });
  };
}

function note(execution: Execution): void {
  appendFileSync(trace, `${JSON.stringify(execution)}\n`);
}

/** The plugs, every call of theirs passing by the watch. What is no function, and settings, are as they are. */
function watched(plugs: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(plugs).map(([name, plug]) => {
    if (name === 'sourceOf') return [name, (property: string) => watchedPlug('source', (plug as (property: string) => object)(property))];
    if (typeof plug === 'function' || typeof plug === 'string') return [name, plug];
    return [name, watchedPlug(name, plug as object)];
  }));
}
