import { setWorkflowOptions, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { HealthLine, HealthState } from '../src/domain/health/judge-round.ts';
import { judgeRound, NOTHING_KNOWN } from '../src/domain/health/judge-round.ts';
import type { HealthRules, Outcome, PartState } from '../src/domain/health/part.ts';
import { settleRound, type RestartDone } from '../src/domain/health/settle-round.ts';
import { turnsOf } from '../src/domain/health/turns.ts';
import { sentenceOf } from './sentence-of.ts';
import { noting, outside } from './steps.ts';
import { tags } from './tags.ts';

export interface HealthInput {
  /** The queue that all of it works on. */
  readonly deployment: string;
  readonly rules: HealthRules;
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, health);
/**
 * One round of health, `health/<deployment>/round`: look at every part, judge, have started again what does not answer, write it
 * down, tell people. What a round knows is its result, which the schedule hands to the next: so it is kept by the server, and
 * not by the store, which is one of the parts.
 */
export async function health({ deployment, rules }: HealthInput): Promise<HealthState> {
  upsertSearchAttributes(tags({ property: deployment, runKind: 'health' }));
  const before = (workflowInfo().lastResult as HealthState | undefined) ?? NOTHING_KNOWN;
  const { outcomes, known } = await lookAround(before);
  const judged = judgeRound(before.parts, outcomes, known, rules, Date.now());
  const restarts: RestartDone[] = [];
  for (const state of judged.restarts) restarts.push(await startAgain(state));
  const settled = settleRound(before, judged, restarts);
  return { ...settled, unwritten: await written(deployment, settled), untold: await told(deployment, settled.untold) };
}

/** Programs, then data. Looks that nobody took say that the worker is not well; what they would have seen stays as it was. */
async function lookAround({ parts }: HealthState): Promise<{ outcomes: readonly Outcome[]; known: readonly string[] }> {
  const unseen = { outcomes: [], known: parts.map(({ part }) => part) };
  const programs = await outside('which programs answer').lookAtPrograms().catch((error: unknown) => ({
    ...unseen, outcomes: [{ part: 'worker', isUp: false, sentence: `nobody looked: ${sentenceOf(error)}`, needs: [], canRestart: false, restarts: null }],
  }));
  const data = await noting('sources and clocks').lookAtData({ lookedAtMs: turnsOf(parts), nowMs: Date.now() }).catch(() => unseen);
  return { outcomes: [...programs.outcomes, ...data.outcomes], known: [...programs.known, ...data.known] };
}

async function startAgain({ part, sentence, incident }: PartState): Promise<RestartDone> {
  const { id, asked } = incident!; // a part is started again in an incident alone
  try {
    return { part, ...(await outside(`start ${part} again`).restartPart({ part, key: `${id}/${asked}`, reason: sentence })) };
  } catch (error) {
    return { part, isDone: false, sentence: sentenceOf(error) };
  }
}

/** What is not in the audit afterwards: all of it while the store is away. */
async function written(deployment: string, { parts, unwritten }: HealthState): Promise<readonly HealthLine[]> {
  const isStoreAway = parts.some(({ part, isUp }) => part === 'cassandra' && !isUp);
  if (unwritten.length === 0 || isStoreAway) return unwritten;
  return noting('audit').writeHealthLines({ deployment, lines: unwritten }).then(() => [], () => unwritten);
}

/** What people do not know afterwards: it is told in the next round. */
async function told(deployment: string, lines: readonly HealthLine[]): Promise<readonly HealthLine[]> {
  for (const [index, { part, news, sentence }] of lines.entries()) {
    try {
      await noting('people').notifyPeople({ kind: `part-${news}`, property: deployment, week: part, sentence });
    } catch {
      return lines.slice(index);
    }
  }
  return [];
}
