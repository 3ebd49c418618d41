import { Type } from 'typebox';
import { Errors } from 'typebox/value';
import { Failure } from '../failure.ts';
import type { TrainingJob } from './training.ts';

const Recipe = Type.Object({
  // Becomes a folder's name.
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' }),
  trainer: Type.Union([Type.Literal('logistic'), Type.Literal('dense')]),
  features: Type.Union([Type.Literal('all'), Type.Array(Type.String(), { minItems: 1 })]),
  seed: Type.Integer(),
  settings: Type.Record(Type.String(), Type.Number()),
});

const Job = Type.Object({
  dataset: Type.String({ pattern: '^[^/\\\\]+$' }),
  featureNames: Type.Array(Type.String(), { minItems: 1 }),
  featureListVersion: Type.Integer(),
  transforms: Type.Record(Type.String(), Type.Union([Type.Literal('none'), Type.Literal('log1p')])),
  horizonWeeks: Type.Integer({ minimum: 1 }),
  recipes: Type.Array(Recipe, { minItems: 1 }),
  evaluationSnapshots: Type.Integer({ minimum: 0 }),
});

/** `job.json` as a job; fails with `bad-argument` that names the first wrong place. */
export function parseTrainingJob(text: string): TrainingJob {
  const job = readJson(text);
  const [problem] = Errors(Job, job);
  if (problem) refuse(`${problem.instancePath || 'the whole'} ${problem.message}`);
  const { recipes, featureNames, transforms } = job as TrainingJob;
  const names = recipes.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) refuse(`two recipes are named "${twice}"`);
  const without = featureNames.find((name) => !(name in transforms));
  if (without) refuse(`feature "${without}" has no transform`);
  return job as TrainingJob;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    return refuse(`it is not JSON (${(cause as Error).message})`);
  }
}

function refuse(sentence: string): never {
  throw new Failure('bad-argument', `job.json cannot be used: ${sentence}`);
}
