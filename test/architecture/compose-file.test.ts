import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { searchAttributes } from '../../src/main/search-attributes.ts';
import { cassandra, temporal, versitygw } from '../../src/parts/versions.ts';
import { filesOf, textOf } from './sources.ts';

interface Service {
  readonly image: string;
  readonly entrypoint?: string | readonly string[];
  readonly restart?: string;
  readonly profiles?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly test?: unknown; readonly disable?: boolean };
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly environment?: Readonly<Record<string, string>>;
}

// What needs no Docker to be seen; test/docker/compose.ts starts the file.
const file = parse(textOf('docker-compose.yml'), { merge: true }) as { services: Readonly<Record<string, Service>>; volumes: Readonly<Record<string, unknown>> };
const settings = Object.fromEntries(textOf('.env').split('\n').filter((line) => /^[A-Z]/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]));
const services = Object.entries(file.services);
const isOurs = ({ image }: Service): boolean => /ALMANAC_IMAGE|MODEL_SERVER_IMAGE/.test(image);
const isJob = ({ restart, profiles }: Service): boolean => restart !== 'unless-stopped' || profiles !== undefined;

test('every image has its version in .env, and every setting there is used', () => {
  for (const [name, { image }] of services) {
    const [, variable = ''] = /^\$\{([A-Z0-9_]+_IMAGE)\}$/.exec(image) ?? [];
    assert.match(settings[variable] ?? '', /^[a-z0-9./-]+:v?\d[\w.-]*$/, `${name}: ${image}`);
  }
  assert.deepEqual(Object.keys(settings).filter((name) => !textOf('docker-compose.yml').includes(`\${${name}}`)), []);
});

test('parts that the tests run have the versions that the tests run', () => {
  assert.deepEqual([settings.CASSANDRA_IMAGE, settings.TEMPORAL_IMAGE, settings.TEMPORAL_TOOLS_IMAGE, settings.S3_IMAGE], [
    `cassandra:${cassandra.version}`, `temporalio/server:${temporal.server}`, `temporalio/admin-tools:${temporal.server}`, `versity/versitygw:v${versitygw.version}`,
  ]);
  assert.ok(settings.ALMANAC_IMAGE === `almanac:${(JSON.parse(textOf('package.json')) as { version: string }).version}`);
});

test('what is published answers on this machine alone', () => {
  for (const [name, { ports = [] }] of services) for (const port of ports) assert.match(port, /^127\.0\.0\.1:\$\{[A-Z_]+_PORT\}:\d+$/, name);
});

test('our roles are locked down, and ask after their health as the image says', () => {
  for (const [name, service] of services.filter(([, each]) => isOurs(each))) {
    assert.deepEqual([service.read_only, service.cap_drop, service.security_opt], [true, ['ALL'], ['no-new-privileges:true']], name);
    assert.equal(service.healthcheck?.disable === true, isJob(service), `${name}: a job has no health, a service has the image's`);
  }
});

test('whoever waits for the health of another part waits for one that tells it, and for the end of jobs alone', () => {
  for (const [name, { depends_on = {} }] of services) {
    for (const [on, { condition }] of Object.entries(depends_on)) {
      const other = file.services[on];
      assert.ok(other, `${name} waits for ${on}, which is not there`);
      assert.equal(condition, isJob(other) ? 'service_completed_successfully' : 'service_healthy', `${name} → ${on}`);
      assert.ok(isJob(other) || isOurs(other) || other.healthcheck?.test, `${on} does not tell its health`);
    }
  }
});

test('every named volume is declared and used, and every file that is mounted is there', () => {
  const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0] ?? ''));
  assert.deepEqual([...new Set(mounts.filter((from) => !from.startsWith('.')))].sort(), Object.keys(file.volumes).sort());
  for (const from of new Set(mounts.filter((place) => place.startsWith('./')))) assert.ok(filesOf(from.slice(2), `${from.slice(2)}/**`).length > 0, from);
});

test('the workers have every queue between them', () => {
  const queues = services.flatMap(([, { environment }]) => environment?.ALMANAC_WORKER_QUEUES?.split(',') ?? []);
  assert.deepEqual(queues.sort(), ['compute', 'publish', 'sequences', 'tables']);
});

test('Prometheus asks our services where they answer, and the namespace has what runs are found by', () => {
  const { scrape_configs: jobs } = parse(textOf('compose/prometheus.yml')) as { scrape_configs: { static_configs: { targets: string[] }[] }[] };
  const targets = jobs.flatMap(({ static_configs }) => static_configs.flatMap((each) => each.targets));
  assert.deepEqual(targets.sort(), ['endpoint:8600', 'rollup-server:8604', 'temporal:9090', 'worker-compute:8602', 'worker-publish:8602', 'worker-sequences:8602']);
  const [, list = ''] = /for attribute in (.*); do/.exec(textOf('compose/temporal/namespace.sh')) ?? [];
  assert.deepEqual(Object.fromEntries(list.split(' ').map((each) => each.split('='))), searchAttributes);
});

test('panels of the dashboard have a place, a question and a number each', () => {
  const { panels } = JSON.parse(textOf('compose/grafana/dashboards/almanac.json')) as { panels: { id: number; title: string; targets: { expr: string }[]; gridPos: { x: number; w: number } }[] };
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, targets, gridPos } of panels) assert.ok(targets.length > 0 && targets.every(({ expr }) => expr !== '') && gridPos.x + gridPos.w <= 24, title);
});

test('Cassandra is told the same at every start, however often its container was started before', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-compose-'));
  const settingsFile = path.join(folder, 'cassandra.yaml');
  // A dollar is written twice in a compose file; the last line starts Cassandra.
  const script = (file.services.cassandra?.entrypoint?.[2] ?? '').replaceAll('$$', '$').replaceAll('/etc/cassandra/cassandra.yaml', settingsFile).split('\n').filter((line) => !line.startsWith('exec '));
  writeFileSync(settingsFile, 'cluster_name: x\ncommitlog_sync: periodic\ncommitlog_sync_period: 10000ms\nstorage_compatibility_mode: CASSANDRA_4\n');
  for (let start = 1; start <= 3; start += 1) {
    assert.equal(spawnSync('bash', ['-c', script.join('\n')]).status, 0);
    assert.deepEqual(readFileSync(settingsFile, 'utf8').split('\n').filter((line) => /^(commitlog_sync|paxos_variant)/.test(line)), ['commitlog_sync: group', 'commitlog_sync_group_window: 10ms', 'paxos_variant: v2'], `start ${start}`);
  }
  rmSync(folder, { recursive: true });
});
