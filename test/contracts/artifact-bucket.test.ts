import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { DeleteObjectCommand, ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Failure } from '../../src/domain/failure.ts';
import { connectArtifactBucket, type BucketOptions } from '../../src/stores/s3/artifact-bucket.ts';
import { s3Client } from '../../src/stores/s3/client.ts';
import { s3Relay } from '../s3/relay.ts';
import { s3World, secret } from '../s3/world.ts';
import { artifactStoreContract } from './artifact-store.contract.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';

const world = await s3World();
const relay = await s3Relay(world.endpoint);
let copies = 0;
const optionsFor = (bucket: string, change: Partial<BucketOptions> = {}): BucketOptions => ({ bucket, prefix: 'almanac/', endpoint: world.endpoint, credentials: world.credentials, copies: join(world.folder, `copies-${(copies += 1)}`), silenceMs: 500, ...change });
const text = (value: string) => new TextEncoder().encode(value);
let raw: S3Client;
before(async () => {
  raw = await s3Client(world);
});
after(async () => {
  raw.destroy();
  await relay.stop();
  await world.dispose();
});

const spoil = (bucket: string, ref: ArtifactRef) => raw.send(new PutObjectCommand({ Bucket: bucket, Key: `almanac/${ref.name}`, Body: 'changed' }));
async function namesIn(bucket: string, kind: string): Promise<string[]> {
  const { Contents = [] } = await raw.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `almanac/${kind}/` }));
  return Contents.map(({ Key = '' }) => Key.slice('almanac/'.length));
}

artifactStoreContract('S3 bucket', async () => {
  const bucket = world.newBucket();
  return {
    store: await connectArtifactBucket(optionsFor(bucket)),
    names: (kind) => namesIn(bucket, kind),
    spoil: async (ref) => void (await spoil(bucket, ref)),
    lose: async (ref) => void (await raw.send(new DeleteObjectCommand({ Bucket: bucket, Key: `almanac/${ref.name}` }))),
  };
});

suite('artifacts in an S3 bucket', () => {
  test('a name that is taken is never written again, by whomever', async () => {
    const bucket = world.newBucket();
    const stores = await Promise.all([1, 2, 3].map(() => connectArtifactBucket(optionsFor(bucket))));
    const [ref] = await Promise.all(stores.map((store) => store.put('model', '.pb', text('the model')))) as [ArtifactRef];
    await spoil(bucket, ref);
    for (const store of stores) assert.deepEqual(await store.put('model', '.pb', text('the model')), ref);
    for (const store of stores) await assert.rejects(store.get(ref), { code: 'artifact-corrupt' });
  });

  test('bytes that changed on the way are refused by the server, and nothing is kept', async () => {
    const bucket = world.newBucket();
    const store = await connectArtifactBucket(optionsFor(bucket, { endpoint: relay.address }));
    relay.fault = 'flip-sent';
    await assert.rejects(store.put('model', '.pb', text('the model')), told(/received other bytes than were sent$/, false));
    relay.fault = 'none';
    assert.deepEqual(await namesIn(bucket, 'model'), []);
    await store.put('model', '.pb', text('the model'));
  });

  test('an answer that is cut off or stalls is no artifact', async () => {
    const store = await connectArtifactBucket(optionsFor(world.newBucket(), { endpoint: relay.address }));
    const ref = await store.put('dataset', '.arrow', randomBytes(100_000));
    for (const fault of ['cut-answer', 'stall-answer'] as const) {
      relay.fault = fault;
      await assert.rejects(store.get(ref), told(/does not answer/, false));
      await assert.rejects(store.localPath(ref), told(/does not answer/, false));
    }
    relay.fault = 'none';
    assert.equal((await store.get(ref)).length, 100_000);
  });

  test('large artifacts pass through, never whole in memory; none is left half-made', async () => {
    const options = optionsFor(world.newBucket());
    const store = await connectArtifactBucket(options);
    const chunk = randomBytes(1 << 20);
    const bytes = 192 << 20;
    let most = 0;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().arrayBuffers)), 5);
    try {
      const ref = await store.put('dataset', '.arrow', (async function* () {
        for (let left = bytes; left > 0; left -= chunk.length) yield chunk;
      })());
      assert.deepEqual([ref.bytes, statSync(await store.localPath(ref)).size], [bytes, bytes]);
    } finally {
      clearInterval(watch);
    }
    assert.ok(most < bytes / 1.5, `${most >> 20} MiB of buffers`); // some wait for the garbage collector
    assert.deepEqual(readdirSync(join(options.copies, 'incoming')), []);
  });

  test('an empty artifact is one', async () => {
    const store = await connectArtifactBucket(optionsFor(world.newBucket()));
    assert.equal((await store.get(await store.put('report', '', new Uint8Array()))).length, 0);
  });

  test('a local copy is used again, marked as used, and mended when it was changed', async () => {
    const store = await connectArtifactBucket(optionsFor(world.newBucket(), { endpoint: relay.address }));
    const ref = await store.put('model', '.pb', text('the model'));
    const file = await store.localPath(ref);
    utimesSync(file, new Date(0), new Date(0));
    const asked = relay.requests.length;
    assert.equal(await store.localPath(ref), file);
    assert.equal(relay.requests.length, asked);
    assert.ok(Date.now() - statSync(file).mtimeMs < 60_000);
    writeFileSync(file, 'changed');
    assert.equal(statSync(await store.localPath(ref)).size, ref.bytes);
  });
});

suite('an S3 bucket that cannot be reached says so in one line, without a secret', () => {
  const wrongSecret = join(world.folder, 'wrong-secret');
  before(() => writeFileSync(wrongSecret, 'not-the-secret'));
  for (const [what, change, said, isFinal] of [
    ['a missing bucket', { bucket: 'no-such-bucket' }, /S3 bucket "no-such-bucket" at http:\S+ does not exist: create it, or set artifacts\.bucket$/, true],
    ['a wrong secret', { credentials: { accessKeyId: 'almanac', secretKeyFile: wrongSecret } }, /refused the key \(SignatureDoesNotMatch\); check artifacts\.credentials/, true],
    ['an unknown key', { credentials: { accessKeyId: 'somebody', secretKeyFile: wrongSecret } }, /refused the key \((InvalidAccessKeyId|XAdminUserNotFound)\)/, true],
    ['nobody there', { endpoint: 'http://127.0.0.1:1' }, /does not answer \(ECONNREFUSED\); check artifacts\.endpoint/, false],
    ['no such host', { endpoint: 'http://s3.almanac.invalid' }, /does not answer \((ENOTFOUND|EAI_AGAIN)\)/, false],
  ] as const) {
    test(what, async () => {
      const began = performance.now();
      await assert.rejects(connectArtifactBucket(optionsFor('bucket-1', change)), told(said, isFinal));
      assert.ok(performance.now() - began < 10_000);
    });
  }

  test('a server that says nothing, or 503', async () => {
    const store = await connectArtifactBucket(optionsFor(world.newBucket(), { endpoint: relay.address }));
    const ref = await store.put('model', '.pb', text('the model'));
    for (const [fault, said] of [['silence', /does not answer \(TimeoutError\)/], ['answer-503', /could not do it now \(503 /]] as const) {
      relay.fault = fault;
      await assert.rejects(store.get(ref), told(said, false));
      await assert.rejects(store.put('model', '.pb', text('another')), told(said, false));
    }
    relay.fault = 'none';
    assert.equal((await store.get(ref)).length, ref.bytes);
  });

  test('a server that does not know conditional writes is not asked again', async () => {
    const store = await connectArtifactBucket(optionsFor(world.newBucket(), { endpoint: relay.address }));
    relay.fault = 'answer-501';
    await assert.rejects(store.put('model', '.pb', text('the model')), told(/does not know a request that is needed \(501 \S+\): conditional writes and checksums/, true));
    relay.fault = 'none';
  });

  test('a secret that is not there, and one that comes later', async () => {
    const secretKeyFile = join(world.folder, 'late-secret');
    const options = optionsFor(world.newBucket(), { credentials: { accessKeyId: 'almanac', secretKeyFile } });
    await assert.rejects(connectArtifactBucket(options), { code: 'bad-configuration', message: `artifacts.credentials.secretKeyFile ${secretKeyFile} cannot be read (ENOENT): expected a file with the secret access key` });
    writeFileSync(secretKeyFile, secret);
    await connectArtifactBucket(options);
    assert.ok(existsSync(secretKeyFile));
  });
});

function told(said: RegExp, isFinal: boolean): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.match(error.message, said);
    assert.deepEqual([error.code, error.isFinal, error.message.includes('\n')], ['store-unavailable', isFinal, false]);
    for (let at: unknown = error; at instanceof Error; at = at.cause) assert.doesNotMatch(`${at.message} ${JSON.stringify(at)}`, /a-secret|not-the-secret/);
    return true;
  };
}
