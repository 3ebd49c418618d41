import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { inspect } from 'node:util';
import { Failure } from '../../src/domain/failure.ts';
import { startDataApiServer } from '../google/data-api-server.ts';
import { createDataApi } from '../../src/connectors/ga4/data-api.ts';
import { day, dayEndMs, googleWorld, hourMs, property, readInto, timeZone, versionOf, type GoogleWorld } from '../google/world.ts';
import type { GoogleCredentials } from '../../src/connectors/ga4/credentials.ts';
import type { ActivitySource, SourceRow } from '../../src/ports/activity-source.ts';

const rows = property.rowsOf(day);
const pairs = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('rsa', { modulusLength: 2048 })] as const;
const pemOf = (which: 0 | 1): string => pairs[which].privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const email = 'almanac@shop.iam.gserviceaccount.example';
const audience = '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/cluster';
const subject = 'eyJhbGciOiJub25lIn0.token-of-the-cluster.9f2c';
const bigQueryScope = 'https://www.googleapis.com/auth/bigquery';
const ambient = ['GOOGLE_APPLICATION_CREDENTIALS', 'CLOUDSDK_CONFIG', 'METADATA_SERVER_DETECTION'] as const;

/** Keys are made here, tokens are given by the stand-in for what it could verify, and every request must carry one of them. */
suite('Google credentials', () => {
  let world: GoogleWorld;
  let folder: string;
  let said: string[];
  let silence: () => void;
  const before = Object.fromEntries(ambient.map((name) => [name, process.env[name]]));

  beforeEach(async () => {
    world = await googleWorld({ isGuarded: true });
    folder = await mkdtemp(join(tmpdir(), 'almanac-google-'));
    world.google.tables.put('events_20260101', rows, dayEndMs);
    world.clock.nowMs = dayEndMs + 80 * hourMs;
    world.google.tokens.trust(email, pairs[0].publicKey);
    world.google.tokens.trustSubject(subject, audience, Date.now() + hourMs);
    // Nothing of this machine's own: neither its files nor the service it may run on.
    Object.assign(process.env, { CLOUDSDK_CONFIG: join(folder, 'gcloud'), METADATA_SERVER_DETECTION: 'none' });
    delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    said = [];
    silence = listen(said);
  });
  afterEach(async () => {
    silence();
    for (const name of ambient) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    assertKeepsSecrets(said.join('\n'));
    await world.dispose();
    await rm(folder, { recursive: true });
  });

  /** Neither a line of a key, nor a token, nor the identity's own. */
  function assertKeepsSecrets(text: string): void {
    const lines = pairs.flatMap((_, which) => pemOf(which as 0 | 1).split('\n').filter((line) => line.length >= 32));
    for (const secret of [...lines, subject, 'PRIVATE KEY', 'ya29.', ...world.google.tokens.issued.map(({ token }) => token)]) assert.ok(!text.includes(secret), `a secret is in ${text.slice(0, 200)}`);
  }

  async function fileWith(name: string, content: object | string): Promise<string> {
    const file = join(folder, name);
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
    return file;
  }
  const keyFile = (changes: object = {}, name = 'key.json') => fileWith(name, { type: 'service_account', project_id: 'shop', private_key_id: 'a1', private_key: pemOf(0), client_email: email, token_uri: `${world.google.rootUrl}token`, ...changes });
  const identityFile = async (source?: object) => fileWith('identity.json', { type: 'external_account', audience, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt', token_url: `${world.google.rootUrl}token`, credential_source: source ?? { file: await fileWith('subject', subject) } });
  const machine = (file: string): GoogleCredentials => {
    process.env.GOOGLE_APPLICATION_CREDENTIALS = file;
    return { kind: 'application-default' };
  };

  async function refusal(source: ActivitySource): Promise<string> {
    let message = '';
    await assert.rejects(() => source.look(day), (error) => {
      assert.ok(error instanceof Failure && error.code === 'source-refused' && error.isFinal, inspect(error));
      assert.doesNotMatch(error.message, /\n|@/);
      assertKeepsSecrets(inspect(error, { depth: 12, showHidden: true }));
      message = error.message;
      return true;
    });
    return message;
  }

  const ways: readonly { name: string; principal: string; make(): Promise<GoogleCredentials> }[] = [
    { name: 'a service account by its file', principal: email, make: async () => ({ kind: 'service-account-file', file: await keyFile() }) },
    { name: 'application default, a service account', principal: email, make: async () => machine(await keyFile()) },
    { name: 'application default, an identity', principal: audience, make: async () => machine(await identityFile()) },
    { name: 'a workload identity by its file', principal: audience, make: async () => ({ kind: 'workload-identity-file', file: await identityFile() }) },
    { name: 'a workload identity whose own file is JSON', principal: audience, make: async () => ({ kind: 'workload-identity-file', file: await identityFile({ file: await fileWith('subject.json', { id: { }, token: subject }), format: { type: 'json', subject_token_field_name: 'token' } }) }) },
  ];
  for (const { name, principal, make } of ways) {
    test(`${name}: one token of the narrowest scope, which every request carries, and nobody else is asked`, async () => {
      const source = world.sourceWith({ credentials: await make() });
      const read: SourceRow[] = [];
      await readInto(read, source, await versionOf(source), 50);
      assert.equal(read.length, rows.length);
      assert.deepEqual(world.google.tokens.issued.map((one) => [one.principal, one.scopes]), [[principal, [bigQueryScope]]]);
      assert.ok(world.google.log.every(({ status }) => status === 200) && world.google.log.length > 5);
      await assert.rejects(() => world.sourceWith().look(day), /401 authError/, 'who carries another token is refused');
    });
  }

  test('reports are asked for with a token for reading reports and nothing else', async () => {
    const api = await startDataApiServer({ now: () => world.clock.nowMs, timeZone, tokens: world.google.tokens });
    try {
      const dataApi = createDataApi({ propertyId: api.propertyId, credentials: { kind: 'service-account-file', file: await keyFile() }, concurrentRequests: 1, rootUrl: api.rootUrl, now: () => world.clock.nowMs });
      await dataApi.runReport({ dateRanges: [{ startDate: day, endDate: day }], metrics: [{ name: 'eventCount' }] }, 'a report');
      assert.deepEqual(world.google.tokens.issued.map(({ scopes }) => scopes), [['https://www.googleapis.com/auth/analytics.readonly']]);
    } finally {
      await api.dispose();
    }
  });

  test('a key that is not the account\'s, or no longer, is refused once, by the file\'s name; a new file is taken without a restart', async () => {
    const file = await keyFile({ private_key: pemOf(1) });
    const source = world.sourceWith({ credentials: { kind: 'service-account-file', file } });
    assert.match(await refusal(source), /400 invalid_grant: Invalid JWT Signature\.\)\. Check that the credentials of the source \(.*key\.json\) still exist and are valid/);
    assert.equal(world.google.asked('token'), 1, 'trying again cannot help');
    await keyFile();
    assert.equal((await source.look(day)).state, 'present');
    world.google.tokens.revoke();
    world.google.tokens.forget(email);
    assert.match(await refusal(source), /401 authError/);
    assert.match(await refusal(source), /account not found.*key\.json/);
    world.google.tokens.trust(email, pairs[1].publicKey);
    await keyFile({ private_key: pemOf(1) });
    assert.equal((await source.look(day)).state, 'present');
  });

  test('an identity whose token has lapsed, is not there or is of nobody is refused, by the file\'s name', async () => {
    const file = await identityFile();
    const source = world.sourceWith({ credentials: { kind: 'workload-identity-file', file } });
    world.google.tokens.trustSubject(subject, audience, Date.now() - 1000);
    assert.match(await refusal(source), /invalid_grant: ID Token is stale to sign-in\..*identity\.json/);
    await rm(join(folder, 'subject'));
    assert.match(await refusal(source), /^file \S+subject, which the credentials name as the identity's own, cannot be used \(ENOENT\); expected/);
    await fileWith('subject', '');
    assert.match(await refusal(source), /cannot be used \(no token is in it\)/);
    await fileWith('subject', 'of-nobody');
    assert.match(await refusal(source), /invalid_grant: Error connecting/);
    await fileWith('subject', subject);
    world.google.tokens.trustSubject(subject, audience, Date.now() + hourMs);
    assert.equal((await source.look(day)).state, 'present');
  });

  test('a place for tokens that does not answer is asked again later, once a try', async () => {
    for (const credentials of [{ kind: 'service-account-file', file: await keyFile() }, { kind: 'workload-identity-file', file: await identityFile() }] as const) {
      const source = world.sourceWith({ credentials });
      world.google.forget();
      world.google.faults.next('token', { kind: 'status', status: 503, reason: 'backendError' });
      await assert.rejects(() => source.look(day), (error) => {
        assertKeepsSecrets(inspect(error, { depth: 12, showHidden: true }));
        return error instanceof Failure && error.code === 'source-unavailable' && !error.isFinal;
      });
      assert.equal(world.google.asked('token'), 1, 'the library does not try again by itself');
      assert.equal((await source.look(day)).state, 'present');
    }
  });

  test('a file that is not there, cannot be read or is no key says so in one line, without what is in it, and nobody is asked', async () => {
    await mkdir(join(folder, 'a-folder'));
    await mkdir(join(folder, 'gcloud'));
    const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    const byFile = (file: string): GoogleCredentials => ({ kind: 'service-account-file', file });
    for (const [credentials, expected] of [
      [byFile(join(folder, 'none.json')), /none\.json cannot be read \(ENOENT\); expected the JSON file that Google gave/],
      [byFile(join(folder, 'a-folder')), /a-folder cannot be read \(EISDIR\)/],
      [byFile(await fileWith('key.pem', pemOf(0))), /key\.pem cannot be read \(it is not JSON\)/],
      [byFile(await keyFile({ private_key: 'secret, but no key' }, 'damaged.json')), /damaged\.json is not complete, or its key is damaged/],
      [byFile(await keyFile({ private_key: elliptic }, 'elliptic.json')), /elliptic\.json is not complete, or its key is damaged/],
      [byFile(await keyFile({ client_email: undefined }, 'nobody.json')), /nobody\.json is not complete/],
      [byFile(await identityFile()), /is of type "external_account"; expected "service_account" for service-account-file/],
      [{ kind: 'workload-identity-file', file: await keyFile() }, /is of type "service_account"; expected "external_account"/],
    ] as const) assert.match(await refusal(world.sourceWith({ credentials })), expected);
    for (const [file, expected] of [[join(folder, 'none.json'), /none\.json cannot be read \(ENOENT\)/], [join(folder, 'key.pem'), /key\.pem cannot be read \(it is not JSON\)/]] as const) {
      assert.match(await refusal(world.sourceWith({ credentials: machine(file) })), expected);
    }
    delete process.env.GOOGLE_APPLICATION_CREDENTIALS;
    const ownSource = world.sourceWith({ credentials: { kind: 'application-default' } });
    assert.match(await refusal(ownSource), /^there are no Google credentials here; run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, or name a file/);
    await fileWith('gcloud/application_default_credentials.json', pemOf(0));
    assert.match(await refusal(ownSource), /^there are no Google credentials here \(its file is not JSON\); run gcloud/);
    assert.equal(world.google.log.length, 0);
  });
});

/** Hears everything that this process writes, logs and warnings included, until it is silenced. */
function listen(said: string[]): () => void {
  const streams = [process.stdout, process.stderr] as const;
  const writes = streams.map((stream) => stream.write);
  streams.forEach((stream, at) => {
    stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
      said.push(String(chunk));
      return (writes[at] as (...all: unknown[]) => boolean).call(stream, chunk, ...rest);
    }) as typeof stream.write;
  });
  return () => streams.forEach((stream, at) => (stream.write = writes[at] as typeof stream.write));
}
