import { Failure } from '../../domain/failure.ts';

interface S3Error extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

const wrongKey = new Set(['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'XAdminUserNotFound', 'InvalidToken', 'ExpiredToken', 'AuthorizationHeaderMalformed']);
const otherRegion = new Set(['PermanentRedirect', 'MovedPermanently', 'IllegalLocationConstraintException']);
const network = /^(ECONN|EPIPE|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ERR_SOCKET|CERT_|UNABLE_TO_|SELF_SIGNED)/;

export function statusOf(cause: unknown): number | undefined {
  return (cause as S3Error | undefined)?.$metadata?.httpStatusCode;
}

/**
 * What a server or the way to it said, as one line that names the bucket and the setting to look at; worth trying again
 * where time alone may mend it. Only names of errors are quoted: their texts may hold keys.
 */
export function translateS3Error(cause: unknown, where: string): unknown {
  if (cause instanceof Failure || !(cause instanceof Error)) return cause;
  const { name, code = '' } = cause as S3Error;
  const status = statusOf(cause);
  const final = (sentence: string) => new Failure('store-unavailable', `${where} ${sentence}`, { cause, isFinal: true });
  const passing = (sentence: string) => new Failure('store-unavailable', `${where} ${sentence}`, { cause, isFinal: false });
  if (name === 'NoSuchBucket') return final('does not exist: create it, or set artifacts.bucket');
  if (wrongKey.has(name)) return final(`refused the key (${name}); check artifacts.credentials, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY`);
  if (otherRegion.has(name) || status === 301) return final(`is in another region (${name}); set artifacts.region`);
  if (status === 403) return final(`refused a request (${name}); its key needs s3:GetObject and s3:PutObject there`);
  if (name === 'CredentialsProviderError') return final('needs credentials, and there are none here; set artifacts.credentials, AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY');
  if (cause.message === 'Region is missing') return final('needs a region; set artifacts.region or AWS_REGION');
  if (name === 'BadDigest' || name === 'XAmzContentChecksumMismatch') return passing('received other bytes than were sent');
  if (status === 501) return final(`does not know a request that is needed (501 ${name}): conditional writes and checksums are; choose another server`);
  const reason = network.test(code) ? code : network.test(name) ? name : '';
  if (reason !== '' || name === 'TimeoutError' || cause.message === 'aborted') return passing(`does not answer (${reason || name}); check artifacts.endpoint and the server there`);
  if (status !== undefined && status !== 200) return status >= 500 || status === 429 || status === 408 ? passing(`could not do it now (${status} ${name})`) : final(`refused a request (${status} ${name})`);
  return cause;
}
