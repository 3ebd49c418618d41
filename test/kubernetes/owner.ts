// A process that runs one job in the cluster and is killed by the test.
import { runnerOn, type RunnerWorld } from './runner-world.ts';
import type { Job } from '../../src/ports/job-runner.ts';

const { world, job } = JSON.parse(process.argv[2] ?? '{}') as { world: RunnerWorld; job: Job };
const outcome = await (await runnerOn(world)).run(job, { signal: new AbortController().signal, onBeat: ({ line }) => console.log(line) });
console.log(outcome.reason);
