import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { identityOf } from '../../src/parts/process-identity.ts';
import { createSupervisor } from '../../src/parts/supervisor.ts';
import { watchHung } from '../../src/parts/watch-hung.ts';
import type { ProcessSpec } from '../../src/parts/process-spec.ts';
import type { Supervisor } from '../../src/parts/supervisor.ts';

describe('the supervisor', () => {
  const homes: string[] = [];
  after(() => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

  test('starts a killed process again, and stops everything, the last started first', async () => {
    const { supervisor, home } = createWorld();
    const order = path.join(home, 'order');
    const first = await supervisor.start(writesItsNameWhenStopped('first', order));
    const second = await supervisor.start(writesItsNameWhenStopped('second', order));
    const before = first.pid as number;
    process.kill(before, 'SIGKILL');
    await until(() => first.restarts === 1 && first.state === 'ready');
    assert.notEqual(first.pid, before);
    const pids = [first.pid, second.pid] as number[];

    await supervisor.stopAll();
    assert.equal(readFileSync(order, 'utf8'), 'second first ');
    assert.deepEqual(pids.map((pid) => identityOf(pid)), [undefined, undefined]);
    assert.deepEqual(supervisor.running(), []);
    assert.deepEqual(pidFiles(home), []);
  });

  test('kills what does not listen to its stop signal', async () => {
    const { supervisor, home } = createWorld();
    const deaf = await supervisor.start({ ...deafWithChild('deaf'), stopTimeoutMs: 300 });
    const pids = [deaf.pid as number, await childOf(home, 'deaf')];
    await supervisor.stopAll();
    assert.deepEqual(pids.map((pid) => identityOf(pid)), [undefined, undefined]);
  });

  test('what lives and does not answer is started again by itself, three times within the hour and no more', async () => {
    const { supervisor } = createWorld();
    let looks = 0;
    const liveness = { look: async () => assert.fail(`look ${(looks += 1)}`), everyMs: 10, failures: 3 };
    const running = await supervisor.start({ ...sleeper('hung'), liveness });
    const first = running.pid as number;
    process.kill(first, 'SIGSTOP');
    await until(() => running.restarts === 3 && running.state === 'ready');
    assert.notEqual(running.pid, first);
    assert.equal(looks, 9);
    await supervisor.stopAll();
    const signal = new AbortController().signal;
    assert.equal(await watchHung({ liveness, signal, history: [1, 2, 3].map((ago) => performance.now() - ago) }), false);
    assert.equal(looks, 9, 'the fourth is not looked at');
    const hoursAgo = performance.now() - 2 * 3_600_000;
    assert.equal(await watchHung({ liveness, signal, history: [hoursAgo, hoursAgo, hoursAgo] }), true);
  });

  test('what a killed process had started is gone before it is started again', async () => {
    const { supervisor, home } = createWorld();
    const running = await supervisor.start(deafWithChild('parent'));
    const child = await childOf(home, 'parent');
    process.kill(running.pid as number, 'SIGKILL');
    await until(() => running.restarts === 1 && running.state === 'ready');
    assert.equal(identityOf(child), undefined);
    await supervisor.stopAll();
  });

  test('says why a process that never comes up was given up, and leaves nothing behind', async () => {
    const { supervisor, home } = createWorld();
    const broken: ProcessSpec = { ...program('broken', 'console.log("fatal error: no disk"); process.exit(4)'), ready: () => Promise.reject(new Error('not yet')) };
    await assert.rejects(supervisor.start(broken), { message: 'broken ended with 4 while starting: fatal error: no disk' });
    assert.deepEqual(pidFiles(home), []);
    await supervisor.stopAll();
  });

  test('a process that is not to be restarted ends with the reason', async () => {
    const { supervisor } = createWorld();
    const once = await supervisor.start({ ...program('once', 'setTimeout(() => process.exit(3), 50)'), restart: 'never' });
    assert.equal((await once.ended)?.message, 'once ended with 3');
    await supervisor.stopAll();
  });

  test('stopping does not wait for a process that is still starting', { timeout: 10_000 }, async () => {
    const { supervisor, home } = createWorld();
    const starting = supervisor.start({ ...sleeper('slow'), ready: () => Promise.reject(new Error('never')) });
    const refused = assert.rejects(starting, /slow ended with SIGTERM while starting/);
    await until(() => pidFiles(home).length === 1);
    await supervisor.stopAll();
    await refused;
  });

  test('a second supervisor of the same home is refused by naming the first', async () => {
    const { supervisor, home } = createWorld();
    await supervisor.claim();
    const second = createSupervisor({ home, log: () => {} });
    await assert.rejects(second.start(sleeper('late')), { message: `${home} is in use by process ${process.pid}: stop it first, or set another home` });
    await supervisor.stopAll();
    const third = createSupervisor({ home, log: () => {} });
    await third.claim();
    await third.stopAll();
  });

  test('after kill -9 of a supervisor the next one stops what was left, even what ignores signals', async () => {
    const home = createHome();
    const source = `import { createSupervisor } from ${JSON.stringify(new URL('../../src/parts/supervisor.ts', import.meta.url).href)};
      const supervisor = createSupervisor({ home: ${JSON.stringify(home)}, log: () => {} });
      const running = await supervisor.start(${JSON.stringify({ ...deafWithChild('deaf'), stopTimeoutMs: 300 })});
      console.log(running.pid); setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '--eval', source], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(owner.stdout, 'data')) as [Buffer];
    const orphan = Number(line.toString());
    const grandchild = await childOf(home, 'deaf');
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    assert.ok(identityOf(orphan) !== undefined && identityOf(grandchild) !== undefined, 'the orphans ignore SIGTERM');

    const messages: string[] = [];
    const supervisor = createSupervisor({ home, log: (message, fields) => messages.push(`${message} ${JSON.stringify(fields)}`) });
    await supervisor.start(sleeper('fresh'));
    assert.deepEqual([identityOf(orphan), identityOf(grandchild)], [undefined, undefined]);
    assert.deepEqual(messages, ['stopped what an earlier run had left {"names":"deaf"}']);
    await supervisor.stopAll();
  });

  test('a stranger that was given the pid of a process of ours is left alone', async () => {
    const { supervisor, home } = createWorld();
    const stranger = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    mkdirSync(path.join(home, 'run'), { recursive: true });
    const record = { pid: stranger.pid, started: 'another-boot:1', stopSignal: 'SIGKILL', stopTimeoutMs: 100 };
    writeFileSync(path.join(home, 'run', 'gone.pid'), JSON.stringify(record));
    await supervisor.claim();
    assert.ok(identityOf(stranger.pid as number) !== undefined);
    assert.deepEqual(pidFiles(home), []);
    stranger.kill('SIGKILL');
    await supervisor.stopAll();
  });

  function createHome(): string {
    const home = mkdtempSync(path.join(tmpdir(), 'almanac-supervisor-'));
    homes.push(home);
    return home;
  }

  function createWorld(): { supervisor: Supervisor; home: string } {
    const home = createHome();
    return { home, supervisor: createSupervisor({ home, log: () => {} }) };
  }
});

function program(name: string, source: string): ProcessSpec {
  return { name, command: process.execPath, args: ['--eval', source] };
}

function sleeper(name: string): ProcessSpec {
  return program(name, 'setInterval(() => {}, 1000)');
}

function writesItsNameWhenStopped(name: string, file: string): ProcessSpec {
  const mark = `${file}.${name}`;
  const source = `const fs = require('node:fs'); process.on('SIGTERM', () => { fs.appendFileSync(${JSON.stringify(file)}, '${name} '); process.exit(); });
    fs.writeFileSync(${JSON.stringify(mark)}, String(process.pid)); setInterval(() => {}, 1000);`;
  return { ...program(name, source), prepare: async () => rmSync(mark, { force: true }), ready: async () => assert.ok(existsSync(mark)) };
}

/** Ignores SIGTERM, and has a child that does too; the log says the child's pid. */
function deafWithChild(name: string): ProcessSpec {
  const source = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);
    if (!process.env.CHILD) console.log('child ' + require('node:child_process').spawn(process.execPath, process.execArgv, { env: { ...process.env, CHILD: '1' }, stdio: 'inherit' }).pid);
    else console.log('listening to nothing');`;
  return program(name, source);
}

async function childOf(home: string, name: string): Promise<number> {
  const log = path.join(home, 'logs', `${name}.log`);
  const pattern = /child (\d+)/;
  await until(() => existsSync(log) && /listening to nothing/.test(readFileSync(log, 'utf8')) && pattern.test(readFileSync(log, 'utf8')));
  return Number(pattern.exec(readFileSync(log, 'utf8'))?.[1]);
}

function pidFiles(home: string): string[] {
  return existsSync(path.join(home, 'run')) ? readdirSync(path.join(home, 'run')).filter((name) => name.endsWith('.pid')) : [];
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!holds()) {
    assert.ok(performance.now() < deadline, `still not so after 10 s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
