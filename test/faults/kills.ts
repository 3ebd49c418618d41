import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Execution } from './watched-calls.ts';

export const TARGETS = ['worker', 'trainer', 'model-server', 'endpoint', 'cassandra', 'temporal', 'tree'] as const;
export type Target = (typeof TARGETS)[number];

/** What dies, and where: at which call a step makes to the world, while it runs or once it is answered. */
export interface Kill {
  readonly target: Target;
  readonly step: string;
  /** `begin` and `end` are the step's own, the end before it is reported. */
  readonly name: string;
  /** Which of the calls of that name, 0 the first: those of different names go side by side, in an order that is chance. Without it: any. */
  readonly nth?: number;
  readonly when: 'before' | 'during' | 'after';
  /** Of which activity of a run, where a sequence takes the step several times. */
  readonly activityId?: string;
  /** Beginning of the workflow's id; without it: whichever workflow comes there first. */
  readonly workflow?: string;
  /** Kills of one name are one death at several places: whoever comes first waits there for the others. */
  readonly death?: string;
}

/** What the worker wrote down in the instant before it struck. */
export interface Strike extends Kill {
  readonly workflowId: string;
  readonly activityId: string;
  readonly attempt: number;
  readonly pid: number;
  /** The call was under way (or, after it, the step): who was killed was at work. */
  readonly isBusy: boolean;
}

/** Calls during which a process is at work for the step; a worker and the whole tree are in any. */
const AT_WORK: Readonly<Record<Target, RegExp>> = {
  worker: /./,
  tree: /./,
  temporal: /./,
  trainer: /^runner\.run$/,
  'model-server': /^modelService\.(predict|deploy)$/,
  endpoint: /^publisher\.(stage|announce|retire)$/,
  cassandra: /^(activityStore|peopleStore|releaseStore|keyStore)\./,
};
const OURS_ALONE: readonly Target[] = ['worker', 'tree'];

export interface Chance {
  readonly seed: number;
  /** A whole number from 0 to `below` − 1. */
  below(count: number): number;
}

export function chanceOf(seed: number): Chance {
  const random = xoroshiro128plus(seed);
  return { seed, below: (count) => uniformInt(random, 0, count - 1) };
}

/** One kill of the target inside a step of the undisturbed run, at a call that matches; undefined when no step of it uses the target. */
export function drawKill(chance: Chance, trace: readonly Execution[], target: Target, only?: string, at = AT_WORK[target]): Kill | undefined {
  const steps = [...new Set(trace.map(({ step }) => step))].sort().filter((step) => only === undefined || step === only);
  const candidates = steps.map((step) => ({ step, calls: callsEveryTime(trace, step).flatMap((name, call, all) => (at.test(name) ? [{ name, nth: all.slice(0, call).filter((other) => other === name).length }] : [])) }));
  const usable = candidates.filter(({ calls }) => calls.length > 0);
  const drawn = usable[usable.length === 0 ? 0 : chance.below(usable.length)];
  const place = drawn?.calls[chance.below(drawn.calls.length)];
  if (!drawn || !place) return undefined;
  const isAfter = OURS_ALONE.includes(target) && chance.below(2) === 1;
  return { target, step: drawn.step, ...place, when: isAfter ? 'after' : 'during' };
}

/** The calls that every execution of the step made, as far as the shortest went: any of them can be met again. */
function callsEveryTime(trace: readonly Execution[], step: string): readonly string[] {
  const executions = trace.filter((execution) => execution.step === step && execution.endMs !== null);
  return executions.map(({ calls }) => calls).sort((left, right) => left.length - right.length)[0] ?? [];
}

export function sentenceOf({ target, step, name, nth, when, workflow }: Kill): string {
  return `${target} ${when} ${name}${nth === undefined ? '' : ` (number ${nth + 1})`} of ${step}${workflow === undefined ? '' : ` in ${workflow}`}`;
}
