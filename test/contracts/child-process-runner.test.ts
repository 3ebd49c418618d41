import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, describe, test } from 'node:test';
import { childProcessRunner } from '../../src/runners/child-process.ts';
import { isAlive, markOf } from '../../src/runners/process-table.ts';
import { runningJobs } from '../../src/runners/running-jobs.ts';
import { jobRunnerContract, type Act } from './job-runner.contract.ts';

const program = path.join(import.meta.dirname, 'job-runner/program.ts');
const root = mkdtempSync(path.join(tmpdir(), 'almanac-runner-'));
after(() => rmSync(root, { recursive: true, force: true }));

const recordFolder = path.join(root, 'records');
const make = () => childProcessRunner({ programs: { trainer: program }, recordFolder, graceMs: 300 });
jobRunnerContract('child process', make);

describe('child processes of a killed owner', { concurrency: false }, () => {
  test('a child that listens ends by itself', async () => {
    const { owner, folder } = await ownerOf('hang');
    const child = markOf(pidIn(folder));
    owner.kill('SIGKILL');
    await until(() => child === undefined || !isAlive(child), 'the child outlived its owner');
    assert.deepEqual(await make().sweep(), ['test/orphan']);
    assert.deepEqual(await make().sweep(), []);
  });

  test('a sweep ends a child that does not, with its own children', async () => {
    const { owner, folder } = await ownerOf('hang-stubbornly');
    const pid = pidIn(folder);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    assert.deepEqual(membersOf(pid).length, 2, 'the child and its own child run on');
    assert.deepEqual(await make().sweep(), ['test/orphan']);
    assert.deepEqual(membersOf(pid), []);
  });

  test('a retry under the same id ends the leftover first', async () => {
    const { owner, folder } = await ownerOf('hang-stubbornly');
    const pid = pidIn(folder);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    writeFileSync(path.join(folder, 'job.json'), JSON.stringify({ act: 'succeed' }));
    const outcome = await make().run({ id: 'test/orphan', program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 30_000, memoryMb: 512 }, { signal: new AbortController().signal, onBeat: () => {} });
    assert.equal(outcome.reason, 'finished');
    assert.deepEqual(membersOf(pid), []);
    assert.deepEqual(readdirSync(recordFolder), []);
  });

  test('a stranger that was given the pid of a dead job is left alone', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true });
    const [pid, gone] = [stranger.pid ?? 0, { pid: 1, started: 'before' }];
    await runningJobs(recordFolder).write({ id: 'test/stranger', job: { pid, started: 'another boot' }, owner: gone });
    assert.deepEqual(await make().sweep(), ['test/stranger']);
    assert.ok(markOf(pid), 'the stranger was killed');
    assert.deepEqual(readdirSync(recordFolder), []);
    stranger.kill();
  });
});

/** A process of its own that runs one job, with the job's folder; resolves once the job beats. */
async function ownerOf(act: Act): Promise<{ owner: ChildProcess; folder: string }> {
  const folder = mkdtempSync(path.join(root, 'job-'));
  writeFileSync(path.join(folder, 'job.json'), JSON.stringify({ act }));
  const owner = spawn(process.execPath, [path.join(import.meta.dirname, 'job-runner/owner.ts'), recordFolder, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of owner.stdout) if (String(chunk).includes('hanging')) break;
  return { owner, folder };
}

function pidIn(folder: string): number {
  return Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
}

/** Living members of the process group. */
function membersOf(group: number): number[] {
  return readdirSync('/proc').map(Number).filter((pid) => {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
      return Number(fields?.[2]) === group && fields?.[0] !== 'Z';
    } catch {
      return false;
    }
  });
}

async function until(isTrue: () => boolean, problem: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; !isTrue(); await sleep(20)) assert.ok(performance.now() < deadline, problem);
}
