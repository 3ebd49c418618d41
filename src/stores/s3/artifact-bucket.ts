import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rm, utimes } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../domain/failure.ts';
import { corrupt, giveName, hashOf, missing, partsOf, sha256Of, writeSynced } from '../artifact-files.ts';
import { s3Client, type S3Options } from './client.ts';
import { statusOf, translateS3Error } from './errors.ts';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import type { ArtifactRef, ArtifactStore } from '../../ports/artifact-store.ts';

export interface BucketOptions extends S3Options {
  readonly bucket: string;
  /** Before every name, as `almanac/`. */
  readonly prefix?: string;
  /** Folder of local copies, for programs that want a file; whatever is in it may be removed when nobody reads it. */
  readonly copies: string;
}

/** What one request may carry. */
const MAXIMUM_BYTES = 5 * 2 ** 30;
/** `409` of a conditional write: somebody else is writing this very name, or was a moment ago. */
const CONFLICT_ATTEMPTS = 6;

/**
 * PLUG: artifacts as objects `<prefix><kind>/<sha256><extension>` of an S3 bucket. An object is only ever written where there is
 * none (`If-None-Match: *`), with its SHA-256 for the server to check. Fails with `store-unavailable` when the bucket cannot be
 * reached with these credentials.
 */
export async function connectArtifactBucket(options: BucketOptions): Promise<ArtifactStore & { dispose(): void }> {
  const { bucket, prefix = '', endpoint, copies } = options;
  const { GetObjectCommand, PutObjectCommand } = await import('@aws-sdk/client-s3');
  const client = await s3Client(options);
  const where = `S3 bucket "${bucket}"${endpoint === undefined ? '' : ` at ${endpoint}`}`;
  const keyOf = (name: string) => prefix + partsOf(name).join('/');
  const sent = <T>(request: Promise<T>): Promise<T> => request.catch((cause: unknown) => {
    throw translateS3Error(cause, where);
  });

  /** A key that no artifact has: absent it shall be. Without leave to list, Amazon says 403 of what is absent. */
  async function look(): Promise<void> {
    await client.send(new GetObjectCommand({ Bucket: bucket, Key: `${prefix}is-anybody-there` })).catch((cause: Error) => {
      if (cause.name === 'NoSuchKey' || cause.name === 'AccessDenied') return;
      throw translateS3Error(cause, where);
    });
  }

  async function read(ref: ArtifactRef): Promise<NonNullable<GetObjectCommandOutput['Body']>> {
    const { Body } = await sent(client.send(new GetObjectCommand({ Bucket: bucket, Key: keyOf(ref.name) })).catch((cause: Error) => {
      throw cause.name === 'NoSuchKey' ? missing(ref, cause) : cause;
    }));
    if (Body === undefined) throw missing(ref, undefined);
    return Body;
  }

  async function write(ref: ArtifactRef, file: string): Promise<void> {
    const input = { Bucket: bucket, Key: keyOf(ref.name), ContentLength: ref.bytes, IfNoneMatch: '*', ChecksumSHA256: Buffer.from(ref.sha256, 'hex').toString('base64') };
    for (let attempt = 1; ; attempt += 1) {
      const body = createReadStream(file);
      try {
        await client.send(new PutObjectCommand({ ...input, Body: body }));
        return;
      } catch (cause) {
        if (statusOf(cause) === 412) return; // it is there
        if (statusOf(cause) !== 409 || attempt === CONFLICT_ATTEMPTS) throw translateS3Error(cause, where);
        await sleep(2 ** attempt * 25);
      } finally {
        body.destroy();
      }
    }
  }

  /** A file that lives only as long as `use` does. */
  async function withDraft<T>(use: (file: string) => Promise<T>): Promise<T> {
    const draft = path.join(copies, 'incoming', randomUUID());
    await mkdir(path.dirname(draft), { recursive: true });
    try {
      return await use(draft);
    } finally {
      await rm(draft, { force: true });
    }
  }

  await look();
  return {
    put: (kind, extension, bytes) => withDraft(async (draft) => {
      const { sha256, length } = await writeSynced(draft, bytes); // its hash is its name, so it must be read whole before it is sent
      const ref = { name: `${kind}/${sha256}${extension}`, sha256, bytes: length };
      if (length > MAXIMUM_BYTES) throw new Failure('bad-argument', `artifact ${ref.name} has ${length} bytes; S3 takes ${MAXIMUM_BYTES} in one request`);
      await write(ref, draft);
      return ref;
    }),
    async get(ref) {
      const bytes = await sent((await read(ref)).transformToByteArray());
      const actual = sha256Of(bytes);
      if (actual !== ref.sha256) throw corrupt(ref, actual);
      return bytes;
    },
    async localPath(ref) {
      const copy = path.join(copies, ...partsOf(ref.name));
      if ((await hashOf(copy).catch(() => undefined)) === ref.sha256) {
        await utimes(copy, new Date(), new Date()); // in use: a sweep goes by this
        return copy;
      }
      await rm(copy, { force: true });
      return withDraft(async (draft) => {
        const { sha256 } = await sent(writeSynced(draft, (await read(ref)) as Readable));
        if (sha256 !== ref.sha256) throw corrupt(ref, sha256);
        await mkdir(path.dirname(copy), { recursive: true });
        await giveName(draft, copy);
        return copy;
      });
    },
    dispose: () => client.destroy(),
  };
}
