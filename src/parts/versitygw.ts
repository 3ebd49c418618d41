import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { ProcessSpec } from './process-spec.ts';

export interface VersitygwOptions {
  /** Of its data: each folder below `buckets` is a bucket. */
  readonly folder: string;
  /** The program, as obtained. */
  readonly binary: string;
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An S3 server on loopback, empty when `folder` is. */
export function versitygwProcess({ folder, binary, port, accessKeyId, secretAccessKey }: VersitygwOptions): ProcessSpec {
  const buckets = path.join(folder, 'buckets');
  const metadata = path.join(folder, 'metadata');
  return {
    name: 'versitygw',
    command: binary,
    // Metadata beside the files: not every file system that tests run on has extended attributes.
    args: ['--port', `127.0.0.1:${port}`, '--health', '/health', '--quiet', 'posix', '--sidecar', metadata, buckets],
    env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    prepare: async () => [buckets, metadata].forEach((needed) => mkdirSync(needed, { recursive: true })),
    ready: async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2000) });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    },
  };
}
