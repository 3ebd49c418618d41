import { readFile } from 'node:fs/promises';
import { Failure } from '../../domain/failure.ts';
import type { S3Client } from '@aws-sdk/client-s3';

export interface S3Options {
  /** The SDK's own (AWS_REGION, profile) unless said; `us-east-1` where there is an endpoint. */
  readonly region?: string;
  /** Of a server that is not Amazon's. */
  readonly endpoint?: string;
  /** Unless said, whatever the SDK finds: AWS_ACCESS_KEY_ID, AWS_PROFILE, a role of the machine. The secret is the content of a file and never stands here. */
  readonly credentials?: { readonly accessKeyId: string; readonly secretKeyFile: string };
  /** Without a byte for this long, a request has failed. */
  readonly silenceMs?: number;
}

/** The file is read again this long after it was read last, so that a secret can change while we run. */
const SECRET_LASTS_MS = 5 * 60_000;
/** The SDK renews what has less than this left. */
const RENEWED_BEFORE_MS = 5 * 60_000;
const ATTEMPTS = 3;
const silent = (): void => undefined;

/** A client of one server. The library is loaded here, by those who need it. */
export async function s3Client({ region, endpoint, credentials, silenceMs = 20_000 }: S3Options): Promise<S3Client> {
  const { S3Client: Client } = await import('@aws-sdk/client-s3');
  return new Client({
    ...(region !== undefined || endpoint !== undefined ? { region: region ?? 'us-east-1' } : {}),
    // The name of a bucket as a part of the path: servers that are not Amazon's have no names of hosts for buckets.
    ...(endpoint !== undefined ? { endpoint, forcePathStyle: true } : {}),
    ...(credentials ? { credentials: () => identityOf(credentials) } : {}),
    maxAttempts: ATTEMPTS,
    // Without one, it writes to the console that it does not try a stream again.
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    requestHandler: { connectionTimeout: 5000, socketTimeout: silenceMs },
    // We give the SHA-256 of what we send and check what we get; the CRC that the SDK would add is unknown to older servers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}

async function identityOf({ accessKeyId, secretKeyFile }: NonNullable<S3Options['credentials']>) {
  const secret = await readFile(secretKeyFile, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new Failure('bad-configuration', `artifacts.credentials.secretKeyFile ${secretKeyFile} cannot be read (${cause.code ?? 'unknown'}): expected a file with the secret access key`, { cause });
  });
  return { accessKeyId, secretAccessKey: secret.replace(/\r?\n$/, ''), expiration: new Date(Date.now() + RENEWED_BEFORE_MS + SECRET_LASTS_MS) };
}
