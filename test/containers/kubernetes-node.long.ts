import { test } from 'node:test';
import { runTrials } from './trials.ts';

// A long trial: with the image that it builds and moves, it takes as long as all other trials on Kubernetes together.
test('weeks on a real Kubernetes, whose pods a real kubelet runs', { timeout: 60 * 60_000 }, () => runTrials(['test/kubernetes/node.trial.ts']));
