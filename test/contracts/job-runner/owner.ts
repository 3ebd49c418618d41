// A process that runs one stubborn job and is killed by the test.
import { childProcessRunner } from '../../../src/runners/child-process.ts';

const [recordFolder = '', folder = ''] = process.argv.slice(2);
const runner = childProcessRunner({ programs: { trainer: new URL('program.ts', import.meta.url).pathname }, recordFolder });
await runner.run(
  { id: 'test/orphan', program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 60_000, memoryMb: 512 },
  { signal: new AbortController().signal, onBeat: ({ line }) => console.log(line) },
);
