// PROGRAM: what a pod of the Kubernetes runner does: `node job.ts <folder> <termination log>`. Its order is in ALMANAC_JOB. What
// the job says goes to standard output, how it ended to the termination log. Exit 0: it has finished.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { carryOut } from '../runners/kubernetes/in-pod.ts';
import { ORDER, TERMINATION_LOG, writeLastWord, type PodOrder } from '../runners/kubernetes/order.ts';
import { connectArtifactBucket } from '../stores/s3/artifact-bucket.ts';
import { patiently } from './connect.ts';
import { root } from './root.ts';

const PATIENCE_MS = 120_000;

const [folder = '/job', terminationLog = TERMINATION_LOG] = process.argv.slice(2);
const order = JSON.parse(process.env[ORDER] ?? '{}') as PodOrder;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const { region, endpoint, credentials, ...bucket } = order.artifacts;
const word = await carryOut({
  order, folder, signal: stopping.signal,
  connect: () => patiently(PATIENCE_MS, () => connectArtifactBucket({ ...bucket, ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}), ...(credentials ? { credentials } : {}), copies: join(folder, 'copies') }), 'the bucket of artifacts cannot be opened'),
  programs: { trainer: join(root, 'src/main/trainer.ts') },
  say: (line) => process.stdout.write(`${line}\n`),
});
writeFileSync(terminationLog, writeLastWord(word));
const isFinished = 'outcome' in word && word.outcome.reason === 'finished';
process.exitCode = isFinished ? 0 : (('outcome' in word ? word.outcome.exitCode : undefined) || 1);
