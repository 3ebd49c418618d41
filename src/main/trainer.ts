// The trainer: `node trainer.ts <job folder> [--end-with-stdin]`. Reads job.json, writes models and, last and by rename,
// result.json. Exit 0: result.json is there. Exit 2: the job cannot be done as it is, one line on stderr says why.
import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure } from '../domain/failure.ts';
import { parseTrainingJob } from '../domain/model/training-job.ts';
import { train } from '../models/train.ts';

const [folder = '.', ...flags] = process.argv.slice(2);
if (flags.includes('--end-with-stdin')) endWithStdin();

try {
  const job = parseTrainingJob(await readFile(path.join(folder, 'job.json'), 'utf8').catch(refuse('job.json cannot be read')));
  const result = await train({ job, folder, log: (line) => console.log(line) });
  const unfinished = path.join(folder, '.result.json');
  await writeFile(unfinished, JSON.stringify(result));
  await rename(unfinished, path.join(folder, 'result.json'));
  process.exit(0);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exit(2);
}

/** Whoever started us holds the other end of the pipe; when it is gone, so is the reason for the work. */
function endWithStdin(): void {
  process.stdin.on('end', () => process.exit(1)).on('error', () => process.exit(1)).resume();
}

function refuse(sentence: string): (cause: Error) => never {
  return (cause) => {
    throw new Failure('bad-argument', `${sentence}: ${cause.message}`, { cause });
  };
}
