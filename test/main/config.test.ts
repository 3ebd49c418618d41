import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { suite, test } from 'node:test';
import { configFrom, readConfig, type SourceConfig } from '../../src/config.ts';
import { sourcesOf } from '../../src/main/plugs.ts';
import { Failure } from '../../src/domain/failure.ts';

const ga4 = { kind: 'ga4-export', project: 'my-shop-123', dataset: 'analytics_123456789' };
const configWith = (source: unknown, more: object = {}) => configFrom({ properties: { site: { timeZone: 'Europe/Berlin', calendar: { firstDay: '2026-01-01' }, source, ...more } } }, {}, '/etc/almanac/almanac.yaml');
const sourceOf = (source: unknown): SourceConfig => configWith(source).properties.site?.source as SourceConfig;

suite('sources in the configuration', () => {
  test('a Google Analytics export needs project and dataset; the rest has its defaults', () => {
    assert.deepEqual(sourceOf(ga4), {
      ...ga4, credentials: { kind: 'application-default' }, maximumBytesBilled: 10 * 2 ** 30, dailyTableBy: '18:00', person: 'user_pseudo_id', value: { param: 'value' }, session: 'ga_session_id', params: [], columns: [],
    });
    assert.equal(sourcesOf(configWith(ga4))('site').kind, 'ga4-export');
  });

  test('reports of the Data API beside an export, or instead of it', () => {
    assert.deepEqual((sourceOf({ ...ga4, dataApi: { propertyId: '123456789' } }) as { dataApi?: object }).dataApi, { propertyId: '123456789', concurrentRequests: 5 });
    const instead = { kind: 'ga4-data-api', propertyId: '123456789', person: 'client_id' };
    assert.deepEqual(sourceOf(instead), { ...instead, credentials: { kind: 'application-default' }, concurrentRequests: 5 });
    for (const [source, reconciles] of [[ga4, false], [{ ...ga4, dataApi: { propertyId: '1' } }, true], [instead, false]] as const) assert.equal(sourcesOf(configWith(source))('site').reportedFigures !== undefined, reconciles);
    assert.deepEqual(configWith(ga4).properties.site?.checks.reconciliation, { people: 0.03, sessions: 0.05, events: 0.02 });
  });

  test('sections of two kinds may share an anchor: each gets the defaults of its own kind', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'almanac-config-'));
    const file = path.join(folder, 'almanac.yaml');
    writeFileSync(file, `properties:
  site: { timeZone: Europe/Berlin, calendar: { firstDay: '2026-01-01' }, source: { kind: ga4-export, project: my-shop-123, dataset: analytics_123456789, credentials: &google { kind: application-default } } }
  shop: { timeZone: Europe/Berlin, calendar: &calendar { firstDay: '2026-01-01' }, source: &reports { kind: ga4-data-api, propertyId: '1', person: client_id, credentials: *google } }
  stall: { timeZone: UTC, calendar: *calendar, source: *reports, schedules: &none {}, checks: *none }
health: *none
`);
    try {
      const { properties, health } = readConfig({}, file);
      assert.deepEqual([properties.stall?.source, properties.stall?.calendar, properties.stall?.checks, health], [properties.shop?.source, properties.shop?.calendar, properties.shop?.checks, configWith(ga4).health]);
      assert.equal(properties.stall?.schedules.lookBackDays, properties.shop?.schedules.lookBackDays);
      writeFileSync(file, 'properties: &all { site: *all }\n');
      assert.throws(() => readConfig({}, file), { code: 'bad-configuration' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('weeks wait for final days unless said otherwise', () => {
    assert.equal(configWith(ga4).properties.site?.finality, 'final');
    assert.equal(configWith(ga4, { finality: 'provisional' }).properties.site?.finality, 'provisional');
    assert.throws(() => configWith(ga4, { finality: 'soon' }), /almanac\.yaml: properties\.site\.finality is "soon"/);
  });

  test('mornings look back to a day until Google has settled it; a file is settled when it is there', () => {
    for (const source of [ga4, { kind: 'ga4-data-api', propertyId: '123456789', person: 'client_id' }]) {
      assert.throws(() => configWith(source, { schedules: { lookBackDays: 2 } }), { message: '/etc/almanac/almanac.yaml: properties.site.schedules.lookBackDays is 2: expected 3 or more, because Google adds to a day for 72 hours and it is final only then' });
      assert.equal(configWith(source, { schedules: { lookBackDays: 3 } }).properties.site?.schedules.lookBackDays, 3);
    }
    const files = { kind: 'files', folder: 'data', file: '{day}.csv', columns: { user: { column: 'who' }, time: { column: 'when', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'purchase' } } };
    assert.equal(configWith(files, { schedules: { lookBackDays: 0 } }).properties.site?.schedules.lookBackDays, 0);
  });

  test('files are relative to the configuration, of keys as of data', () => {
    assert.deepEqual((sourceOf({ ...ga4, credentials: { kind: 'service-account-file', file: 'keys/google.json' } }) as { credentials: object }).credentials, { kind: 'service-account-file', file: '/etc/almanac/keys/google.json' });
    assert.equal((sourceOf({ kind: 'files', folder: 'data', file: '{day}.csv', columns: { user: { column: 'who' }, time: { column: 'when', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'purchase' } } }) as { folder: string }).folder, '/etc/almanac/data');
  });

  for (const [source, said] of [
    [undefined, /properties\.site\.source is undefined/],
    [{ kind: 'ga5' }, /source\.kind is "ga5": expected files or ga4-data-api or ga4-export$/],
    [{ ...ga4, project: 'My Shop' }, /source\.project is "My Shop": must match pattern/],
    [{ kind: 'ga4-export', project: 'my-shop-123' }, /source: must have required properties dataset$/],
    [{ ...ga4, tables: 'events_*' }, /source\.tables is "events_\*": there is no such setting$/],
    [{ ...ga4, maximumBytesBilled: 1000 }, /source\.maximumBytesBilled is 1000: must be >= 10485760$/],
    [{ ...ga4, dailyTableBy: '25:00' }, /source\.dailyTableBy is "25:00"/],
    [{ ...ga4, params: ["x') OR ('"] }, /source\.params\.0 is "x'\) OR \('": must match pattern/],
    [{ ...ga4, columns: ['device.*'] }, /source\.columns\.0/],
    [{ ...ga4, credentials: { kind: 'service-account-file' } }, /source\.credentials: must have required properties file$/],
    [{ ...ga4, credentials: { kind: 'password' } }, /source\.credentials\.kind is "password": expected application-default or service-account-file or workload-identity-file or none$/],
    [{ ...ga4, dataApi: { propertyId: 'G-ABC123' } }, /source\.dataApi\.propertyId is "G-ABC123": must match pattern/],
    [{ kind: 'ga4-data-api', propertyId: '1' }, /source: must have required properties person$/],
    [{ kind: 'files', folder: 'data' }, /source: must have required properties file, columns$/],
  ] as const) {
    test(`refused: ${JSON.stringify(source)}`, () => {
      assert.throws(() => sourceOf(source), (error) => error instanceof Failure && error.code === 'bad-configuration' && error.message.startsWith('/etc/almanac/almanac.yaml: ') && said.test(error.message));
    });
  }
});

suite('artifacts in the configuration', () => {
  const artifactsOf = (artifacts?: unknown) => configFrom({ properties: {}, ...(artifacts === undefined ? {} : { artifacts }) }, {}, '/etc/almanac/almanac.yaml').artifacts;
  const bucket = { kind: 's3', bucket: 'my-almanac', credentials: { accessKeyId: 'AK', secretKeyFile: 'keys/s3' } };

  test('a folder unless said; a bucket names the file with its secret', () => {
    assert.deepEqual(artifactsOf(), { kind: 'folder' });
    assert.deepEqual(artifactsOf(bucket), { ...bucket, prefix: '', credentials: { accessKeyId: 'AK', secretKeyFile: '/etc/almanac/keys/s3' } });
  });

  test('a bucket of the environment stands for what the file says, with the rest of a bucket of the file', () => {
    const from = (artifacts: unknown, environment: NodeJS.ProcessEnv) => configFrom({ properties: {}, artifacts }, environment, '/etc/almanac/almanac.yaml').artifacts;
    const environment = { ALMANAC_ARTIFACTS_BUCKET: 'another', ALMANAC_ARTIFACTS_ENDPOINT: 'http://s3:7070' };
    assert.deepEqual(from({ kind: 'folder' }, environment), { kind: 's3', prefix: '', bucket: 'another', endpoint: 'http://s3:7070' });
    assert.deepEqual(from({ ...bucket, prefix: 'shops/' }, { ALMANAC_ARTIFACTS_BUCKET: 'another' }), { ...bucket, prefix: 'shops/', bucket: 'another', credentials: { accessKeyId: 'AK', secretKeyFile: '/etc/almanac/keys/s3' } });
    assert.throws(() => from({ kind: 'folder' }, { ALMANAC_ARTIFACTS_BUCKET: 'My_Bucket' }), /the environment \(ALMANAC_ARTIFACTS_BUCKET, ALMANAC_ARTIFACTS_ENDPOINT\): artifacts\.bucket is "My_Bucket": must match pattern/);
  });

  for (const [artifacts, said] of [
    ['s3', /artifacts is "s3"/],
    [{ kind: 'tape' }, /artifacts\.kind is "tape": expected folder or s3$/],
    [{ kind: 's3' }, /artifacts: must have required properties bucket$/],
    [{ kind: 's3', bucket: 'My_Bucket' }, /artifacts\.bucket is "My_Bucket": must match pattern/],
    [{ ...bucket, endpoint: 'http://key:secret@host' }, /artifacts\.endpoint .*must match pattern/],
    [{ ...bucket, credentials: { accessKeyId: 'AK', secretAccessKey: 'x' } }, /artifacts\.credentials: must have required properties secretKeyFile/],
  ] as const) {
    test(`refused: ${JSON.stringify(artifacts)}`, () => {
      assert.throws(() => artifactsOf(artifacts), (error) => error instanceof Failure && error.code === 'bad-configuration' && said.test(error.message));
    });
  }
});

suite('a publisher in the configuration', () => {
  const publisherOf = (publisher?: unknown) => configFrom({ properties: {}, ...(publisher === undefined ? {} : { publisher }) }, {}, '/etc/almanac/almanac.yaml').publisher;
  const cluster = { kind: 'kubernetes', namespace: 'almanac', image: 'example.com/almanac:1' };

  test('is embedded unless said; of Kubernetes the rest has defaults, and its kubeconfig lies beside the file', () => {
    assert.deepEqual(publisherOf(), { kind: 'embedded' });
    assert.deepEqual(publisherOf({ ...cluster, kubeconfig: 'admin.kubeconfig' }), {
      ...cluster, kubeconfig: '/etc/almanac/admin.kubeconfig', imagePullPolicy: 'IfNotPresent', replicas: { least: 1, most: 1 }, resources: { cpu: '100m', memory: '256Mi' }, rolloutSeconds: 120,
    });
  });

  for (const [publisher, said] of [
    [{ kind: 'nomad' }, /publisher\.kind is "nomad": expected embedded or kubernetes$/],
    [{ ...cluster, namespace: 'Almanac' }, /publisher\.namespace is "Almanac": must match pattern/],
    [{ ...cluster, resources: { memory: 'much' } }, /publisher\.resources\.memory is "much": must match pattern/],
    [{ ...cluster, address: 'https://user:secret@host' }, /publisher\.address .*must match pattern/],
    [{ ...cluster, replica: 2 }, /publisher/],
  ] as const) {
    test(`${JSON.stringify(publisher)} is refused`, () => assert.throws(() => publisherOf(publisher), said));
  }
});

suite('the runner in the configuration', () => {
  const runnerOf = (runner?: unknown) => configFrom({ properties: {}, ...(runner === undefined ? {} : { runner }) }, {}, '/etc/almanac/almanac.yaml').runner;

  test('child processes unless said; Docker has its usual socket', () => {
    assert.deepEqual(runnerOf(), { kind: 'child-process' });
    assert.deepEqual(runnerOf({ kind: 'docker' }), { kind: 'docker', image: 'almanac:0.1.0', socket: '/var/run/docker.sock' });
  });

  test('a daemon elsewhere is refused: folders are mounted by their path', () => {
    assert.throws(() => runnerOf({ kind: 'docker', socket: 'tcp://10.0.0.1:2375' }), { code: 'bad-configuration', message: /runner\.socket is "tcp:/ });
    assert.throws(() => runnerOf({ kind: 'podman' }), { code: 'bad-configuration', message: /runner\.kind is "podman": expected child-process or docker or kubernetes$/ });
  });

  test('Jobs need artifacts in a bucket, and the name of a Secret where the bucket has a key of its own', () => {
    const runner = { kind: 'kubernetes', namespace: 'almanac', image: 'almanac:1' };
    const configOf = (artifacts: unknown, different = {}) => configFrom({ properties: {}, artifacts, runner: { ...runner, ...different } }, {}, '/etc/almanac/almanac.yaml').runner;
    const bucket = { kind: 's3', bucket: 'my-almanac' };
    assert.deepEqual(configOf(bucket, { kubeconfig: 'trainer.kubeconfig' }), { ...runner, kubeconfig: '/etc/almanac/trainer.kubeconfig', imagePullPolicy: 'IfNotPresent', serviceAccount: 'almanac-trainer', cpu: '1', startSeconds: 600 });
    assert.throws(() => configOf({ kind: 'folder' }), { code: 'bad-configuration', message: '/etc/almanac/almanac.yaml: runner.kind is "kubernetes", but artifacts.kind is "folder": expected s3, because pods share no folder with the worker' });
    const keyed = { ...bucket, credentials: { accessKeyId: 'AK', secretKeyFile: 'keys/s3' } };
    assert.throws(() => configOf(keyed), { code: 'bad-configuration', message: /runner\.bucketSecret is missing: expected the name of a Secret in almanac whose secret-access-key/ });
    assert.equal((configOf(keyed, { bucketSecret: 'bucket' }) as { bucketSecret?: string }).bucketSecret, 'bucket');
  });
});

suite('what a worker does', () => {
  const workerOf = (worker: object, environment: NodeJS.ProcessEnv = {}) => configFrom({ worker, properties: {} }, environment, '/etc/almanac/almanac.yaml').worker;

  test('everything, on loopback, unless the file or the environment says otherwise', () => {
    assert.deepEqual([workerOf({}).queues, workerOf({}).metricsHost], [['sequences', 'compute', 'publish', 'tables'], '127.0.0.1']);
    assert.deepEqual(workerOf({ queues: ['tables'] }).queues, ['tables']);
    const { queues, metricsHost } = workerOf({ queues: ['tables'] }, { ALMANAC_WORKER_QUEUES: 'compute, publish', ALMANAC_METRICS_HOST: '0.0.0.0' });
    assert.deepEqual([queues, metricsHost], [['compute', 'publish'], '0.0.0.0']);
  });

  test('a queue that does not exist is refused by name', () => {
    assert.throws(() => workerOf({}, { ALMANAC_WORKER_QUEUES: 'compute,training' }), { message: 'ALMANAC_WORKER_QUEUES has "training": expected some of sequences,compute,publish,tables' });
    assert.throws(() => workerOf({ queues: ['training'] }), /almanac\.yaml: worker\.queues\.0 is "training"/);
    assert.throws(() => workerOf({ queues: [] }), /almanac\.yaml: worker\.queues/);
  });
});
