import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { stringify } from 'yaml';
import { root } from '../../src/main/root.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { rollupWorld, type RollupWorld } from '../rollup-world.ts';
import { commandLine } from '../command-line.ts';
import { testFolder } from '../world.ts';
import { KEYS } from './rollup-server-world.ts';
import { eventually, get } from './endpoint-world.ts';

suite('the rollup server as a process', () => {
  let world: RollupWorld;
  let home: Awaited<ReturnType<typeof testFolder>>;
  before(async () => {
    [world, home] = [await rollupWorld(), await testFolder()];
    await writeFile(join(home.folder, 'intake-key'), `${KEYS.intake}\n`);
    await writeFile(join(home.folder, 'short-key'), 'secret-but-short\n');
  });
  after(async () => {
    await home?.dispose();
    await world?.dispose();
  });

  async function start(rollupServer: object) {
    const [port] = await freePorts({ count: 1 });
    const file = join(home.folder, 'almanac.yaml');
    await writeFile(file, stringify({ properties: {}, rollups: { followers: { firstDay: '2019-01-01', platforms: ['facebook', 'twitter'] } }, rollupServer }));
    const env = { ...process.env, ALMANAC_CONFIG: file, ALMANAC_HOME: home.folder, ALMANAC_CASSANDRA: process.env.ALMANAC_TEST_CASSANDRA ?? '', ALMANAC_KEYSPACE: world.cassandra.keyspace, ALMANAC_ROLLUP_SERVER_PORT: String(port) };
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main/rollup-server.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    return { child, port, env, url: `http://127.0.0.1:${port}`, said: text(child.stdout), complained: text(child.stderr), ended: once(child, 'exit') };
  }

  test('says where it is, takes readings by the key in its file, serves them and its pages, and ends when asked to', async () => {
    const { child, env, url, said, complained, ended } = await start({ intakeKeyFile: 'intake-key' });
    try {
      await eventually(() => get(`${url}/readyz`).then(({ status }) => status, () => 0), (status) => status === 200, 60_000);
      const body = [0, -1].map((more) => JSON.stringify({ platform: 'twitter', member: 'm1', second: 1_546_300_800 + more, value: 3 })).join('\n');
      const taken = await fetch(`${url}/v1/rollups/followers/readings`, { method: 'POST', body, headers: { authorization: `Bearer ${KEYS.intake}`, 'content-type': 'application/x-ndjson' } });
      assert.deepEqual([taken.status, await taken.json()], [200, { readings: 2, onTime: 1, late: 0, aside: 1 }]);
      const { code, out, err } = await commandLine(() => ({ ...env, TEMPORAL_ADDRESS: process.env.ALMANAC_TEST_TEMPORAL ?? '' })).almanac('status', 'followers');
      assert.equal(code, 0, err);
      assert.match(out, /✓ +rollup server .*\n\nfollowers\n {2}nothing is built yet\n {2}readings of 1 hour came too late, or lie before the first day, and are kept aside: npx almanac rollup aside followers\n {2}rollup\/followers\/minute +missing: npx almanac schedules apply/);
      const page = await get(`${url}/rollups/followers`);
      assert.match(String(page.headers['content-security-policy']), /^default-src 'none'; script-src 'self'; /);
      for (const [, asset] of page.text.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)) assert.equal((await get(`${url}${asset}`)).status, 200, asset);
      child.kill('SIGTERM');
      assert.deepEqual(await ended, [0, null], await complained);
      assert.equal(await said, `rollup server ready at ${url}\n`);
      assert.ok(!(await complained).includes(KEYS.intake));
    } finally {
      child.kill('SIGKILL');
    }
  });

  for (const [what, settings, sentence] of [
    ['a key that is too short', { readKeyFile: 'short-key' }, /^rollupServer\.readKeyFile \S+short-key holds 16 characters: expected a file with a key of 32 characters or more, as `openssl rand -hex 32` makes one\n$/],
    ['a key file that is not there', { intakeKeyFile: 'nowhere' }, /^rollupServer\.intakeKeyFile \S+nowhere cannot be read \(ENOENT\): expected a file with a key/],
    ['an address that others reach, without a key to read with', { host: '0.0.0.0', intakeKeyFile: 'intake-key' }, /^rollupServer\.host is "0\.0\.0\.0", which others reach, and rollupServer\.readKeyFile is not set: expected a loopback address/],
  ] as const) {
    test(`${what}: it ends with one sentence, without a stack and without the key`, async () => {
      const { complained, ended } = await start(settings);
      assert.deepEqual([(await ended)[0], sentence.test(await complained), /secret-but-short|intake-i|\n {4}at /.test(await complained)], [1, true, false], await complained);
    });
  }
});
