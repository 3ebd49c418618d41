import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { root } from '../../src/main/root.ts';
import { commandLine } from '../command-line.ts';
import { processesOf } from '../processes.ts';
import { configureTestStack, eventually } from '../stack.ts';
import { uniqueName } from '../world.ts';

/** The commands of an operator's evening, beside the Temporal and Cassandra of somebody else. */
suite('almanac start and almanac stop', () => {
  test('start brings everything up and stays; a second one is refused; stop ends it, and nothing of it is left', async () => {
    const rollup = `followers-${uniqueName()}`;
    const { home, configFile, env, config } = await configureTestStack({ properties: {}, configuration: { rollups: { [rollup]: { firstDay: '2026-01-01', platforms: ['twitter'], schedules: { paused: true } } } } });
    const { almanac, json } = commandLine(() => env);
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main/cli.ts'), '--config', configFile, 'start', '--no-demo'], { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const exited = once(child, 'exit');
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => void (said += text));
    try {
      await eventually(async () => {
        assert.deepEqual([child.exitCode, child.signalCode], [null, null], said);
        return said.includes('Ctrl-C stops everything and loses nothing');
      }, 240_000, 'almanac start');
      assert.equal((await fetch(`http://127.0.0.1:${config.endpoint.port}/readyz`)).status, 200);
      assert.match(said, new RegExp(`rollups http://127\\.0\\.0\\.1:${config.rollupServer.port}`));
      assert.equal((await fetch(`http://127.0.0.1:${config.rollupServer.port}/v1/rollups/${rollup}`)).status, 200);
      assert.deepEqual((await json<{ parts: { part: string; isReachable: boolean }[] }>(0, 'status', '--exit-code')).parts.filter(({ isReachable }) => !isReachable), []);
      const second = await almanac('start', '--no-demo');
      assert.deepEqual([second.code, second.err.trim().split('\n').length], [1, 1], second.err);
      assert.match(second.err, new RegExp(`${child.pid}`));

      assert.deepEqual(await json(0, 'stop'), { stopped: child.pid });
      assert.deepEqual(await exited, [0, null], said);
      assert.match(said, /Stopped\. npm start goes on from here\.\n$/);
      assert.deepEqual(processesOf(home).map(({ command }) => command), []);
      assert.ok(readdirSync(join(home, 'logs')).includes('worker.log'), 'its logs stay');
      assert.deepEqual(await json(0, 'stop'), { stopped: null });
    } finally {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await exited;
      }
      rmSync(home, { recursive: true, force: true });
    }
  });
});
