import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parse } from 'yaml';
import { spanOf } from '../../src/domain/rollup/bucket-name.ts';
import { root } from '../../src/main/root.ts';
import { LITTLE_SHOP } from '../faults/little-shop.ts';
import { get } from '../http/endpoint-world.ts';
import { eventually } from '../stack.ts';
import { composeProject, ROLLUP, type ComposeProject } from './compose-project.ts';
import type { Static } from 'typebox';
import type { SeriesAnswer } from '../../src/http/rollup/schemas.ts';
import type { StatusReport } from '../../src/main/cli/status-report.ts';
import type { DockerWorld } from './world.ts';

const { property, firstDay, lastDay, weeks: [week] } = LITTLE_SHOP;
const workers = ['worker-sequences', 'worker-compute', 'worker-publish'];
const services = [...workers, 'model-server', 'endpoint', 'rollup-server'];

/** docker-compose.yml as it is, every service of ours, from nothing to a week that is asked. */
export function composeTrial(world: DockerWorld): void {
  const { engine } = world;
  suite('docker-compose.yml on a real engine', () => {
    let project: ComposeProject;
    before(async () => void (project = await composeProject(world)));
    after(async () => {
      await project.run('down', '--volumes', '--timeout', '40');
      const networks = (await engine.docker.listNetworks()).map(({ Name }) => Name).filter((name) => name.startsWith(project.name));
      assert.deepEqual([await engine.containers(), (await engine.docker.listVolumes()).Volumes, networks], [[], [], []]);
    });
    const cli = (...args: string[]): Promise<string> => project.run('run', '--rm', '--no-deps', '--no-TTY', 'cli', ...args);
    const inside = (service: string, program: string): Promise<string> => project.run('run', '--rm', '--no-deps', '--no-TTY', '--entrypoint', 'node', service, '--eval', program);

    test('the file is what Compose understands, with every profile', async () => {
      const { services: all } = JSON.parse(await project.run('--profile', '*', 'config', '--format', 'json')) as { services: Record<string, unknown> };
      assert.ok('worker-sequences' in all && 'cli' in all && 'grafana' in all);
    });

    test('passwords are made once', async () => {
      const look = "console.log(fs.globSync('/secrets/*/*').sort().map((file) => file + ' ' + (fs.statSync(file).mode & 0o777).toString(8) + ' ' + fs.readFileSync(file, 'utf8')).join('\\n'))";
      await project.run('up', '--no-deps', 'secrets');
      const made = await inside('secrets', look);
      assert.deepEqual([...made.matchAll(/^(\/secrets\S+) 444 \S/gm)].map(([, file]) => file), ['grafana/password', 'postgres/password', 'rollup/intake-key', 'rollup/read-key', 's3/credentials', 's3/secret-key'].map((file) => `/secrets/${file}`));
      await project.run('up', '--no-deps', '--force-recreate', 'secrets');
      assert.equal(await inside('secrets', look), made);
    });

    test('one command starts every service of ours: each becomes healthy as nobody, on a read-only root, without a capability', { timeout: 6 * 60_000 }, async () => {
      await project.run('up', '--detach', ...services, 'schedules');
      for (const service of services) {
        await eventually(async () => (await project.container(service).inspect()).State.Health?.Status === 'healthy', 180_000, `health of ${service}`);
        const { Config, HostConfig, RestartCount } = await project.container(service).inspect();
        assert.deepEqual([Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop, HostConfig.Privileged, RestartCount], ['65534:65534', true, ['ALL'], false, 0], service);
      }
      for (const job of ['secrets', 'temporal-namespace', 'schedules']) {
        const { StatusCode } = (await project.container(job).wait()) as { StatusCode: number };
        assert.equal(StatusCode, 0, job);
      }
    });

    test('status finds every part, and the schedules that were applied', async () => {
      const { parts, properties } = JSON.parse(await cli('status', '--json')) as StatusReport;
      assert.deepEqual(parts.filter(({ isReachable }) => !isReachable), []);
      assert.ok(parts.some(({ part, address }) => part === 'rollup server' && address === 'http://rollup-server:8604'), JSON.stringify(parts));
      const [shop] = properties;
      assert.deepEqual([shop?.property, shop?.schedules?.map(({ state }) => state)], [property, shop?.schedules?.map(() => 'paused')]);
      assert.ok(shop?.schedules && shop.schedules.length > 0);
    });

    test('days and a week go through the workers of every queue, and the week answers at the published port to who has its key', { timeout: 6 * 60_000 }, async () => {
      await cli('backfill', 'run', property, '--from', firstDay, '--to', lastDay);
      await cli('week', 'run', property, week);
      const key = (await cli('key', 'show', property, week)).trim();
      const ask = (opening: string) => get(`${project.endpoint}/${property}/${week}/v1/model`, { authorization: `Bearer ${opening}` });
      assert.equal((await ask(key)).body.release, `${week}.1`);
      assert.equal((await ask(`${key}x`)).status, 401);
    });

    test('a reading that is sent to the published port by its key becomes a minute that the worker builds, and is read there by the other key', { timeout: 3 * 60_000 }, async () => {
      const [intake, read] = (JSON.parse(await inside('secrets', "console.log(JSON.stringify(['intake', 'read'].map((what) => fs.readFileSync('/secrets/rollup/' + what + '-key', 'utf8'))))")) as string[]).map((key) => ({ authorization: `Bearer ${key}` }));
      const at = `${project.rollupServer}/v1/rollups/${ROLLUP}`;
      const minute = '2026-01-01_12-34';
      const body = JSON.stringify({ platform: 'twitter', member: 'm1', second: spanOf(minute, 'UTC').from, value: 1200 });
      const sent = await fetch(`${at}/readings`, { method: 'POST', body, headers: { ...intake, 'content-type': 'application/x-ndjson' } });
      assert.deepEqual([sent.status, await sent.json()], [200, { readings: 1, onTime: 1, late: 0, aside: 0 }]);
      await cli('rollup', 'recompute', ROLLUP, 'minute', minute);
      const series = `${at}/series/minute?member=m1&from=${minute}&to=${minute}`;
      assert.equal((await get(series, intake)).status, 401);
      const { status, body: answer } = await get<Static<typeof SeriesAnswer>>(series, read);
      assert.deepEqual([status, answer.points.map(({ bucket, value }) => [bucket, value])], [200, [[minute, 1200]]]);
      assert.match((await get(`${project.rollupServer}/metrics`)).text, new RegExp(`almanac_rollup_readings_total\\{property="${ROLLUP}",outcome="on-time"\\} 1\\n`));
    });

    test('Prometheus finds figures where it asks our services', async () => {
      const { scrape_configs: jobs } = parse(readFileSync(path.join(root, 'compose/prometheus.yml'), 'utf8')) as { scrape_configs: { static_configs: { targets: string[] }[] }[] };
      const targets = jobs.flatMap(({ static_configs: all }) => all.flatMap((each) => each.targets)).filter((target) => services.includes(target.split(':')[0] ?? ''));
      assert.deepEqual(targets.map((target) => target.split(':')[0]).sort(), services.filter((name) => name !== 'model-server').sort());
      const look = `Promise.all(${JSON.stringify(targets)}.map((target) => fetch('http://' + target + '/metrics').then((answer) => answer.text()))).then((texts) => console.log(texts.filter((text) => text.includes('# TYPE ')).length))`;
      assert.equal(Number(await inside('cli', look)), targets.length);
    });

    test('told to stop, each of ours ends by itself in the time it is given', { timeout: 3 * 60_000 }, async () => {
      await project.run('stop', ...services);
      const codes = await Promise.all(services.map(async (service) => (await project.container(service).inspect()).State.ExitCode));
      assert.deepEqual(codes, services.map(() => 0));
    });
  });
}
