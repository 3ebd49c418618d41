import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, suite, test } from 'node:test';
import { supervisorOf } from '../../src/connectors/supervisor.ts';
import { createSupervisor } from '../../src/parts/supervisor.ts';
import { eventually } from '../stack.ts';
import type { ProcessSpec } from '../../src/parts/process-spec.ts';

/** A real supervisor with a process that lives; it is stopped as a hung one would be. */
suite('a supervisor that is asked to start a part again', () => {
  const homes: string[] = [];
  after(() => homes.forEach((home) => rmSync(home, { recursive: true, force: true })));

  const newHome = (): string => {
    homes.push(mkdtempSync(path.join(tmpdir(), 'almanac-asked-')));
    return homes.at(-1)!; // just pushed
  };
  const lives: ProcessSpec = { name: 'endpoint', command: process.execPath, args: ['--eval', 'setInterval(() => {}, 1000)'] };

  test('ends what is stopped and starts it again, once for each key, whoever asks how often', async () => {
    const home = newHome();
    const supervisor = createSupervisor({ home, log: () => undefined });
    try {
      const running = await supervisor.start(lives);
      const asked = { part: 'endpoint', key: 'endpoint@1/1', reason: 'it does not answer' };
      const before = running.pid!; // it runs
      process.kill(before, 'SIGSTOP');
      const answers = await Promise.all([1, 2, 3].map(() => supervisorOf(home).restart(asked)));
      assert.deepEqual(answers, Array.from({ length: 3 }, () => ({ isDone: true, sentence: 'its supervisor starts it again' })));
      await eventually(async () => running.state === 'ready', 10_000, 'the next start');
      assert.notEqual(running.pid, before);
      assert.deepEqual(await supervisorOf(home).parts(), [{ part: 'endpoint', restarts: 1 }]);
      assert.equal((await supervisorOf(home).restart(asked)).isDone, true);
      assert.equal(running.restarts, 1, 'the same key is done once');
    } finally {
      await supervisor.stopAll();
    }
  });

  test('a key is done once even when the supervisor is another one by then', async () => {
    const home = newHome();
    const asked = { part: 'endpoint', key: 'endpoint@1/1', reason: 'it does not answer' };
    const restarts: number[] = [];
    for (let round = 0; round < 2; round += 1) {
      const supervisor = createSupervisor({ home, log: () => undefined });
      const running = await supervisor.start(lives);
      assert.equal((await supervisorOf(home).restart(asked)).isDone, true);
      if (round === 0) await eventually(async () => running.restarts === 1 && running.state === 'ready', 10_000, 'the next start');
      restarts.push(running.restarts);
      await supervisor.stopAll();
    }
    assert.deepEqual(restarts, [1, 0]);
  });

  test('what is being started is left to come up, and what was given up is said to be', async () => {
    const home = newHome();
    const supervisor = createSupervisor({ home, log: () => undefined });
    try {
      let isReady = true;
      const slow = await supervisor.start({ ...lives, name: 'slow', ready: async () => assert.ok(isReady) });
      isReady = false;
      process.kill(slow.pid!, 'SIGKILL'); // it runs
      await eventually(async () => slow.state === 'restarting' && slow.pid !== undefined, 10_000, 'the next start');
      assert.equal((await supervisorOf(home).restart({ part: 'slow', key: 'k1', reason: 'r' })).sentence, 'its supervisor is starting it already');
      isReady = true;
      const once = await supervisor.start({ ...lives, name: 'once', restart: 'never' });
      process.kill(once.pid!, 'SIGKILL'); // it runs
      await once.ended;
      assert.deepEqual(await supervisorOf(home).restart({ part: 'once', key: 'k2', reason: 'r' }), { isDone: false, sentence: 'its supervisor has given it up' });
    } finally {
      await supervisor.stopAll();
    }
  });

  test('only named parts, only our own user, only what is understood; and nobody where none runs', async () => {
    const home = newHome();
    const supervisor = createSupervisor({ home, log: () => undefined });
    try {
      await supervisor.start(lives);
      const socketPath = path.join(home, 'run', 'supervisor.sock');
      assert.equal(statSync(socketPath).mode & 0o777, 0o600);
      await assert.rejects(supervisorOf(home).restart({ part: 'sshd', key: 'k', reason: 'r' }), { code: 'busy', message: /no process \\?"sshd\\?" is kept here: expected one of endpoint/ });
      const post = (body: string) => new Promise<number | undefined>((resolve, reject) => request({ socketPath, method: 'POST', path: '/restart' }, (response) => resolve(response.resume().statusCode)).on('error', reject).end(body));
      assert.deepEqual([await post('{'), await post('{"part":"endpoint"}'), await post(JSON.stringify({ part: 'endpoint', key: 'k', reason: 'x'.repeat(10_000) }))], [400, 400, 400]);
      assert.equal(supervisor.running()[0]?.restarts, 0);
    } finally {
      await supervisor.stopAll();
    }
    assert.deepEqual(await supervisorOf(home).parts(), []);
    assert.deepEqual(await supervisorOf(home).restart({ part: 'endpoint', key: 'k', reason: 'r' }), { isDone: false, sentence: `no supervisor runs in ${home}` });
  });
});
