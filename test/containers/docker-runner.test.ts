import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { dockerRunner } from '../../src/runners/docker.ts';
import { jobRunnerContract } from '../contracts/job-runner.contract.ts';
import { buildProgramImage, PROGRAM_IMAGE, startTestEngine } from './engine.ts';

const engine = await startTestEngine();
await buildProgramImage(engine);
const records = mkdtempSync(path.join(tmpdir(), 'almanac-records-'));
after(async () => {
  await engine.dispose();
  rmSync(records, { recursive: true, force: true });
});
const options = { socketPath: engine.socketPath, image: PROGRAM_IMAGE, jobsFolder: tmpdir(), recordFolder: records, graceMs: 1000 };
jobRunnerContract('Docker', () => dockerRunner(options));
