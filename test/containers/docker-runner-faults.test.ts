import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, afterEach, describe, test } from 'node:test';
import { Failure } from '../../src/domain/failure.ts';
import { dockerRunner, type DockerRunnerOptions } from '../../src/runners/docker.ts';
import { buildProgramImage, PROGRAM_IMAGE, startTestEngine } from './engine.ts';
import type { Act } from '../contracts/job-runner.contract.ts';
import type { Job, JobOutcome } from '../../src/ports/job-runner.ts';

const engine = await startTestEngine();
await buildProgramImage(engine);
const root = mkdtempSync(path.join(tmpdir(), 'almanac-docker-'));
after(async () => {
  await engine.dispose();
  rmSync(root, { recursive: true, force: true });
});
afterEach(async () => assert.deepEqual(await engine.containers(), [], 'a container was left'));

const options: DockerRunnerOptions = { socketPath: engine.socketPath, image: PROGRAM_IMAGE, jobsFolder: root, recordFolder: path.join(root, 'running'), graceMs: 1000 };
const make = (change: Partial<DockerRunnerOptions> = {}) => dockerRunner({ ...options, ...change });

let jobs = 0;
function jobOf(act: Act, change: Partial<Job> = {}): Job {
  const folder = path.join(root, `job-${(jobs += 1)}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'job.json'), JSON.stringify({ act }));
  return { id: `test/${jobs}`, program: 'trainer', folder, inputs: ['job.json'], timeoutMs: 60_000, memoryMb: 256, ...change };
}

const run = (job: Job, change: Partial<DockerRunnerOptions> = {}, prepare?: () => Promise<void>) => make(change).run(job, { signal: new AbortController().signal, onBeat: () => undefined, ...(prepare ? { prepare } : {}) });

/** Runs until its log says so, in this process. */
async function begun(job: Job): Promise<{ outcome: Promise<JobOutcome>; controller: AbortController }> {
  const controller = new AbortController();
  const started = Promise.withResolvers<void>();
  const outcome = make().run(job, { signal: controller.signal, onBeat: ({ line }) => line.includes('hanging') && started.resolve() });
  outcome.catch(() => undefined);
  await Promise.race([started.promise, outcome]);
  return { outcome, controller };
}

/** A process of its own that runs the job; resolves once the job beats. */
async function ownerOf(job: Job): Promise<ChildProcess> {
  const owner = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path.join(import.meta.dirname, 'owner.ts'), JSON.stringify({ options, job })], { stdio: ['ignore', 'pipe', 'inherit'] });
  for await (const chunk of owner.stdout) if (String(chunk).includes('hanging')) break;
  return owner;
}

async function killed(owner: ChildProcess): Promise<void> {
  owner.kill('SIGKILL');
  await once(owner, 'exit');
}

function tellEnd(job: Job): void {
  writeFileSync(path.join(job.folder, 'end'), '');
}

describe('a container outlives its worker', { concurrency: false }, () => {
  test('a retry takes it over, with its whole log, and prepares nothing', async () => {
    const job = jobOf('hang-until-told');
    await killed(await ownerOf(job));
    const [before] = await engine.docker.listContainers();
    let prepared = 0;
    const retry = run(job, {}, async () => void (prepared += 1));
    await sleep(500);
    tellEnd(job);
    const outcome = await retry;
    assert.deepEqual([outcome.reason, outcome.exitCode, prepared], ['finished', 0, 0]);
    assert.match(readFileSync(outcome.logFile, 'utf8'), /^hanging until told\n(.*\n)*told to end\n$/);
    assert.ok(before);
  });

  test('one that has finished meanwhile is taken over, too', async () => {
    const job = jobOf('hang-until-told');
    await killed(await ownerOf(job));
    tellEnd(job);
    const [container] = await engine.docker.listContainers();
    await engine.docker.getContainer(container?.Id ?? '').wait();
    const outcome = await run(job, {}, () => Promise.reject(new Error('prepared again')));
    assert.equal(outcome.reason, 'finished');
  });

  test('one that has failed meanwhile is begun again, and so is other work under the same id', async () => {
    const job = jobOf('hang-until-told');
    await killed(await ownerOf(job));
    await engine.docker.getContainer((await engine.docker.listContainers())[0]?.Id ?? '').kill();
    writeFileSync(path.join(job.folder, 'end'), '');
    assert.equal((await run(job)).reason, 'finished');

    const other = jobOf('hang');
    await killed(await ownerOf(other));
    assert.equal((await run({ ...jobOf('succeed'), id: other.id })).reason, 'finished');
  });

  test('a sweep leaves it to its retry for a while, then ends it', async () => {
    const job = jobOf('hang-stubbornly');
    await killed(await ownerOf(job));
    assert.deepEqual(await make().sweep(), []);
    assert.equal((await engine.containers()).length, 1);
    assert.deepEqual(await make({ recordFolder: path.join(root, 'elsewhere'), adoptWithinMs: 0 }).sweep(), [], 'of another home');
    assert.deepEqual(await make({ adoptWithinMs: 0 }).sweep(), [job.id]);
  });

  test('an attempt that was overtaken keeps its hands off, even when it is cancelled', async () => {
    const job = jobOf('hang-until-told');
    const first = await begun(job);
    const second = await begun(job);
    first.controller.abort();
    assert.equal((await first.outcome).reason, 'cancelled');
    assert.equal((await engine.containers()).length, 1, 'one container for both');
    tellEnd(job);
    assert.equal((await second.outcome).reason, 'finished');
  });
});

describe('what decides how a container ended', { concurrency: false }, () => {
  test('a child killed for want of memory behind exit code 0 and a result is a lack of memory', async () => {
    const outcome = await run(jobOf('starve-child'));
    assert.deepEqual([outcome.reason, outcome.exitCode], ['out-of-memory', 0]);
    assert.match(outcome.lastLines.at(-1) ?? '', /killed for want of memory; its limit is 256 MiB/);
  });

  test('it sees and may do next to nothing', async () => {
    const outcome = await run(jobOf('look-around'));
    assert.deepEqual(outcome.lastLines, [
      'user: 65534:65534 groups 65534', 'capabilities: 0000000000000000 0000000000000000', 'new privileges: 1', 'interfaces: lo',
      'write /: EROFS', 'write /test: EROFS', 'write /tmp: done', 'write job.json: EROFS', 'write beside: done', 'socket: ENOENT',
    ]);
  });

  test('limits are the daemon\'s, too', async () => {
    const { controller, outcome } = await begun(jobOf('hang'));
    const { HostConfig } = await engine.docker.getContainer((await engine.docker.listContainers())[0]?.Id ?? '').inspect();
    assert.deepEqual([HostConfig.Memory, HostConfig.MemorySwap, HostConfig.PidsLimit, HostConfig.NetworkMode, HostConfig.Privileged, HostConfig.AutoRemove], [256 << 20, 256 << 20, 512, 'none', false, false]);
    controller.abort();
    assert.equal((await outcome).reason, 'cancelled');
  });
});

describe('a folder that leads elsewhere is not mounted', { concurrency: false }, () => {
  for (const [what, make_] of [
    ['a link', (job: Job) => {
      const folder = path.join(root, `link-${jobs}`);
      symlinkSync('/etc', folder);
      return { ...job, folder };
    }],
    ['a way up', (job: Job) => ({ ...job, folder: `${root}/../` })],
    ['the root itself', (job: Job) => ({ ...job, folder: root })],
    ['an input that is a link', (job: Job) => {
      symlinkSync('/etc/shadow', path.join(job.folder, 'dataset.arrow'));
      return { ...job, inputs: ['job.json', 'dataset.arrow'] };
    }],
    ['an input elsewhere', (job: Job) => ({ ...job, inputs: ['../job.json'] })],
  ] as const) {
    test(what, () => assert.rejects(run(make_(jobOf('succeed'))), { code: 'bad-argument' }));
  }
});

describe('a daemon that does not do what it is asked is named in one line, soon', { concurrency: false }, () => {
  const says = (said: RegExp, isFinal: boolean) => (error: unknown) => {
    assert.ok(error instanceof Failure, String(error));
    assert.match(error.message, said);
    assert.deepEqual([error.code, error.isFinal, error.message.includes('\n')], ['runner-unavailable', isFinal, false]);
    return true;
  };
  const within10s = async (work: () => Promise<void>) => {
    const began = performance.now();
    await work();
    assert.ok(performance.now() - began < 10_000, `${performance.now() - began} ms`);
  };

  test('it has no such image', () => within10s(() => assert.rejects(run(jobOf('succeed'), { image: 'almanac:none' }), says(/has no image "almanac:none": build it \(npm run image\) or pull it, or set runner\.image$/, true))));

  test('it is not there', () => within10s(() => assert.rejects(run(jobOf('succeed'), { socketPath: '/nowhere/docker.sock' }), says(/^Docker at \/nowhere\/docker\.sock does not answer \(ENOENT\): start it, or set runner\.socket$/, false))));

  test('it takes calls and says nothing', async () => {
    const socketPath = path.join(root, 'silent.sock');
    const silent = createServer(() => undefined).listen(socketPath);
    await within10s(() => assert.rejects(run(jobOf('succeed'), { socketPath }), says(/does not answer \(no answer in 7 s\)/, false)));
    silent.close();
  });

  test('it falls silent while a job runs; the retry takes the container over', async () => {
    const job = jobOf('hang-until-told');
    const { outcome } = await begun(job);
    process.kill(engine.pid(), 'SIGSTOP');
    try {
      await within10s(() => assert.rejects(outcome, says(/does not answer/, false)));
    } finally {
      process.kill(engine.pid(), 'SIGCONT');
    }
    tellEnd(job);
    assert.equal((await run(job, {}, () => Promise.reject(new Error('prepared again')))).reason, 'finished');
  });

  test('it dies while a job runs; once it is back, the job is done again and nothing is left', async () => {
    const job = jobOf('hang-until-told');
    const { outcome } = await begun(job);
    await within10s(async () => {
      await engine.kill();
      await assert.rejects(outcome, says(/does not answer/, false));
    });
    await engine.start();
    tellEnd(job);
    assert.equal((await run(job)).reason, 'finished');
  });
});
