import { globSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { runTrials } from './trials.ts';

const root = path.resolve(import.meta.dirname, '../..');

test('publishing on a real Kubernetes, in a network of its own', { timeout: 60 * 60_000 }, () =>
  runTrials(globSync('test/kubernetes/*.trial.ts', { cwd: root }).filter((file) => !file.endsWith('/node.trial.ts')).sort()));
