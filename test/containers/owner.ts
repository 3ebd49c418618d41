// A process that runs one job in a container and is killed by the test.
import { dockerRunner, type DockerRunnerOptions } from '../../src/runners/docker.ts';
import type { Job } from '../../src/ports/job-runner.ts';

const { options, job } = JSON.parse(process.argv[2] ?? '{}') as { options: DockerRunnerOptions; job: Job };
const outcome = await dockerRunner(options).run(job, { signal: new AbortController().signal, onBeat: ({ line }) => console.log(line) });
console.log(outcome.reason);
