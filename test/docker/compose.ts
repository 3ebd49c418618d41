import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { stringify } from 'yaml';
import { root } from '../../src/main/root.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { findGo } from '../../src/parts/find-program.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { launch, waitUntilReady, type Launched } from '../../src/parts/launch.ts';
import { obtainVersitygw } from '../../src/parts/obtain-versitygw.ts';
import { versitygw } from '../../src/parts/versions.ts';
import { versitygwProcess } from '../../src/parts/versitygw.ts';
import { LITTLE_SHOP, littleShopProperties, writeLittleShop } from '../faults/little-shop.ts';
import { eventually } from '../stack.ts';
import type { DockerWorld } from './world.ts';

const PROJECT = 'almanac-trial';
/** Those that run our image and stay. */
const STAYING = ['worker-sequences', 'worker-compute', 'worker-publish', 'model-server', 'endpoint'];
const week = LITTLE_SHOP.weeks[0];

/**
 * docker-compose.yml as it is, with what this machine cannot pull left out: Cassandra, Temporal and S3 are the real ones beside the
 * engine, under the names that the file gives them.
 */
export function composeTrial({ engine, image, address, compose, folder }: DockerWorld): void {
  suite('docker-compose.yml on a real engine', () => {
    let s3: Launched;
    let environment: NodeJS.ProcessEnv;
    let endpoint: string;

    before(async () => {
      const [cassandra, temporal] = [portOf('ALMANAC_TEST_CASSANDRA'), portOf('ALMANAC_TEST_TEMPORAL')];
      const [s3Port, ...published] = await freePorts({ count: 6 });
      const ports = Object.fromEntries(['ENDPOINT_PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT', 'PROMETHEUS_PORT', 'GRAFANA_PORT'].map((name, index) => [name, String(published[index])]));
      endpoint = `http://127.0.0.1:${ports.ENDPOINT_PORT}`;
      environment = { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: `unix://${engine.socketPath}`, ALMANAC_IMAGE: image, MODEL_SERVER_IMAGE: image, ...ports };
      writeLittleShop(path.join(folder, 'data/little'));
      const property = littleShopProperties('data/little')[LITTLE_SHOP.property];
      writeFileSync(path.join(folder, 'almanac.yaml'), stringify({ properties: { [LITTLE_SHOP.property]: property } }), { mode: 0o644 });
      writeFileSync(path.join(folder, 'here.yaml'), here({ folder, address, addresses: { ALMANAC_CASSANDRA: `cassandra:${cassandra}`, TEMPORAL_ADDRESS: `temporal:${temporal}`, ALMANAC_ARTIFACTS_ENDPOINT: `http://s3:${s3Port}` } }));
      run('up', '--no-deps', 'secrets');
      s3 = await startS3(s3Port ?? 0);
      run('up', '--detach', '--no-build', ...STAYING, 'schedules');
    });
    after(async () => {
      const { stderr, status } = composed('down', '--volumes', '--timeout', '40');
      await s3?.stop();
      assert.equal(status, 0, stderr);
      assert.deepEqual([await engine.containers(), (await engine.docker.listVolumes()).Volumes, (await engine.docker.listNetworks()).map(({ Name }) => Name).filter((name) => name.startsWith(PROJECT))], [[], [], []]);
    });

    test('the file is what Compose understands, with every profile', () => {
      const { services } = JSON.parse(run('--profile', '*', 'config', '--format', 'json')) as { services: Record<string, unknown> };
      assert.ok(STAYING.every((name) => name in services) && 'cli' in services);
    });

    test('every role becomes healthy: as nobody, on a read-only root, without a capability, published on loopback alone', { timeout: 5 * 60_000 }, async () => {
      for (const service of STAYING) {
        const container = engine.docker.getContainer(`${PROJECT}-${service}-1`);
        await eventually(async () => {
          const { State } = await container.inspect();
          assert.ok(State.Running, `${service} ended: ${run('logs', '--tail', '20', service)}`);
          return State.Health?.Status === 'healthy';
        }, 240_000, `health of ${service}`);
        const { Config, HostConfig, RestartCount } = await container.inspect();
        assert.deepEqual([Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop, HostConfig.Privileged, RestartCount], ['65534:65534', true, ['ALL'], false, 0], service);
        for (const { HostIp } of Object.values(HostConfig.PortBindings as Record<string, { HostIp: string }[]>).flat()) assert.equal(HostIp, '127.0.0.1', service);
      }
    });

    test('the schedules are applied once, and an operator sees them through the cli', async () => {
      const job = engine.docker.getContainer(`${PROJECT}-schedules-1`);
      await eventually(async () => (await job.inspect()).State.Status === 'exited', 60_000, 'the end of the job');
      assert.equal((await job.inspect()).State.ExitCode, 0, run('logs', 'schedules'));
      const looks = JSON.parse(cli('schedules', 'list', '--json')) as { id: string; state: string }[];
      assert.deepEqual(looks.map(({ id, state }) => `${id} ${state}`).sort(), [`tick/${LITTLE_SHOP.property}/ingest paused`, `tick/${LITTLE_SHOP.property}/week paused`]);
    });

    test('a week from raw days to an answer of the endpoint, with artifacts on S3', { timeout: 10 * 60_000 }, async () => {
      cli('backfill', 'run', LITTLE_SHOP.property, '--from', LITTLE_SHOP.firstDay, '--to', LITTLE_SHOP.lastDay);
      cli('week', 'run', LITTLE_SHOP.property, week);
      const key = cli('key', 'show', LITTLE_SHOP.property, week).trim();
      const answer = await fetch(`${endpoint}/${LITTLE_SHOP.property}/${week}/v1/model`, { headers: { authorization: `Bearer ${key}` } });
      assert.equal(answer.status, 200, await answer.clone().text());
      assert.equal((await fetch(`${endpoint}/${LITTLE_SHOP.property}/${week}/v1/model`, { headers: { authorization: `Bearer ${key}x` } })).status, 401);
      assert.match(run('exec', '--no-TTY', 'worker-compute', 'node', '--eval', "console.log(fs.existsSync('/var/lib/almanac/artifacts'), fs.readdirSync('/var/lib/almanac/models'))"), new RegExp(`^false \\[.*'${LITTLE_SHOP.property}'`));
    });

    test('Prometheus finds every figure of the dashboard at the places it is told', async () => {
      const pages = await Promise.all([...STAYING.filter((name) => name.startsWith('worker-')).map((name) => [name, 8602] as const), ['endpoint', 8600] as const].map(([name, port]) => page(name, port)));
      const dashboard = readFileSync(path.join(root, 'compose/grafana/dashboards/almanac.json'), 'utf8');
      const names = new Set([...dashboard.matchAll(/\b(?:almanac|temporal|process)_[a-z_]+\b/g)].map(([name]) => name));
      assert.ok(names.size > 12, [...names].join());
      const unknown = [...names].filter((name) => !pages.some((text) => new RegExp(`^# TYPE ${name.replace(/_(bucket|count|sum)$/, '')} `, 'm').test(text)));
      assert.deepEqual(unknown, []);
    });

    async function startS3(port: number): Promise<Launched> {
      const go = await findGo(versitygw.go);
      assert.ok(go !== undefined, `Go ${versitygw.go} builds the S3 server of this test: install it, or set ALMANAC_GO to it`);
      const binary = await obtainVersitygw({ cache: cacheFolder(), go, report: () => undefined });
      const secret = run('run', '--rm', '--no-deps', '--no-TTY', '--entrypoint', 'node', 'secrets', '--eval', "process.stdout.write(fs.readFileSync('/secrets/s3/secret-key', 'utf8'))");
      const spec = versitygwProcess({ folder: path.join(folder, 's3'), binary, address, port, accessKeyId: 'almanac', secretAccessKey: secret });
      mkdirSync(path.join(folder, 's3/buckets/almanac'), { recursive: true });
      const logFile = path.join(folder, 's3.log');
      const launched = await launch({ spec, logFile });
      await waitUntilReady({ spec, launched, logFile });
      return launched;
    }

    /** What a service of the project's network says at /metrics, asked from the container itself. */
    async function page(service: string, port: number): Promise<string> {
      return run('exec', '--no-TTY', service, 'node', '--eval', `fetch('http://127.0.0.1:${port}/metrics').then((answer) => answer.text()).then((text) => process.stdout.write(text))`);
    }

    function composed(...args: string[]): { status: number | null; stdout: string; stderr: string } {
      return spawnSync(compose, ['--project-name', PROJECT, '--project-directory', root, '--file', path.join(root, 'docker-compose.yml'), '--file', path.join(folder, 'here.yaml'), ...args], { encoding: 'utf8', env: environment, cwd: root, maxBuffer: 64 << 20 });
    }

    function run(...args: string[]): string {
      const { status, stdout, stderr } = composed(...args);
      assert.equal(status, 0, `compose ${args.join(' ')}\n${stderr}${stdout}`);
      return stdout;
    }

    function cli(...args: string[]): string {
      return run('run', '--rm', '--no-deps', '--no-TTY', 'cli', ...args);
    }
  });
}

/** What is different here: where the parts are, and whose data it is. */
function here({ folder, address, addresses }: { folder: string; address: string; addresses: Record<string, string> }): string {
  const hosts = ['cassandra', 'temporal', 's3'].map((name) => `${name}:${address}`);
  const files = [`${folder}/almanac.yaml:/app/almanac.yaml:ro`];
  const withData = [...files, `${folder}/data:/app/data:ro`];
  const service = (name: string, volumes: string[], waitsFor: Record<string, string>) => `  ${name}:\n    environment: ${JSON.stringify(addresses)}\n    extra_hosts: ${JSON.stringify(hosts)}\n    volumes: ${JSON.stringify(volumes)}\n    depends_on: !override ${JSON.stringify(Object.fromEntries(Object.entries(waitsFor).map(([on, condition]) => [on, { condition }])))}\n`;
  const first = { secrets: 'service_completed_successfully' };
  const afterWorker = { 'worker-sequences': 'service_healthy' };
  return `services:\n${['worker-sequences', 'worker-compute', 'worker-publish', 'cli'].map((name) => service(name, withData, first)).join('')}${['endpoint', 'schedules'].map((name) => service(name, files, afterWorker)).join('')}`;
}

function portOf(variable: string): string {
  return (process.env[variable] ?? '').split(':').at(-1) ?? '';
}
