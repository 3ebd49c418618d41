import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { LITTLE_SHOP } from '../faults/little-shop.ts';
import { get } from '../http/endpoint-world.ts';
import { eventually } from '../stack.ts';
import { composeProject, type ComposeProject } from './compose-project.ts';
import type { StatusReport } from '../../src/main/cli/status-report.ts';
import type { DockerWorld } from './world.ts';

const { property, firstDay, lastDay, weeks: [week] } = LITTLE_SHOP;
const workers = ['worker-sequences', 'worker-compute', 'worker-publish'];
const services = [...workers, 'model-server', 'endpoint'];

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
      assert.deepEqual([...made.matchAll(/^(\/secrets\S+) 444 \S/gm)].map(([, file]) => file), ['grafana/password', 'postgres/password', 's3/credentials', 's3/secret-key'].map((file) => `/secrets/${file}`));
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

    test('Prometheus finds figures where it asks our services', async () => {
      const targets = [...workers.map((name) => `${name}:8602`), 'endpoint:8600'];
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
