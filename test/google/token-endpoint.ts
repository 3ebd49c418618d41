import { randomBytes, verify, type KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { GoogleRefusal } from './refusal.ts';

/** A refusal in the words of OAuth 2.0. */
export class TokenRefusal extends GoogleRefusal {
  override body(): object {
    return { error: this.reason, error_description: this.message };
  }
}

export interface Issued {
  readonly token: string;
  /** Whom it stands for. */
  readonly principal: string;
  readonly scopes: readonly string[];
}

/** Where Google gives tokens: for an assertion that a known account's key has signed, or for the token of a known identity. */
export interface TokenEndpoint {
  /** Every token so far, in order. */
  readonly issued: readonly Issued[];
  trust(email: string, key: KeyObject): void;
  /** Assertions of this account are signed by nobody Google knows from now on, as when its key is deleted. */
  forget(email: string): void;
  /** An identity provider's token, which lapses at that instant; `audience` is the pool's provider. */
  trustSubject(subject: string, audience: string, lapsesAtMs: number): void;
  /** Tokens of before open nothing any more. */
  revoke(): void;
  give(body: string, url: string): object;
  /** Refuses a request whose token was not given here, or not for one of these scopes. */
  check(headers: IncomingHttpHeaders, scope: string): void;
}

type Claims = { readonly iss?: string; readonly aud?: string; readonly scope?: string; readonly iat?: number; readonly exp?: number };
const grants = { signed: 'urn:ietf:params:oauth:grant-type:jwt-bearer', exchange: 'urn:ietf:params:oauth:grant-type:token-exchange' } as const;

export function tokenEndpoint(): TokenEndpoint {
  const keys = new Map<string, KeyObject>();
  const subjects = new Map<string, { audience: string; lapsesAtMs: number }>();
  const issued: Issued[] = [];
  let valid = new Map<string, Issued>();
  const refuse = (why: string, reason = 'invalid_grant'): never => {
    throw new TokenRefusal(400, reason, why);
  };
  const issue = (principal: string, scope: string): { access_token: string; expires_in: number; token_type: string } => {
    if (scope === '') refuse('Missing required parameter: scope', 'invalid_scope');
    const one = { token: `ya29.${randomBytes(24).toString('base64url')}`, principal, scopes: scope.split(' ') };
    issued.push(one);
    valid.set(one.token, one);
    return { access_token: one.token, expires_in: 3600, token_type: 'Bearer' };
  };
  const signed = (assertion: string, url: string): object => {
    const [head = '', claims = '', signature = ''] = assertion.split('.');
    const { alg } = JSON.parse(decoded(head)) as { alg?: string };
    const { iss = '', aud, scope = '', iat = 0, exp = 0 } = JSON.parse(decoded(claims)) as Claims;
    const key = keys.get(iss);
    if (!key) return refuse('Invalid grant: account not found');
    if (alg !== 'RS256' || !verify('sha256', Buffer.from(`${head}.${claims}`), key, Buffer.from(signature, 'base64url'))) return refuse('Invalid JWT Signature.');
    if (aud !== url) return refuse('Invalid JWT: audience');
    const nowSeconds = Date.now() / 1000;
    if (exp - iat > 3600 || iat > nowSeconds + 60 || exp < nowSeconds) return refuse('Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.');
    return issue(iss, scope);
  };
  const exchanged = (form: URLSearchParams): object => {
    const subject = subjects.get(form.get('subject_token') ?? '');
    if (!subject) return refuse('Error connecting to the given credential\'s issuer.');
    if (subject.audience !== form.get('audience')) return refuse('Invalid value for "audience".', 'invalid_request');
    if (subject.lapsesAtMs < Date.now()) return refuse('ID Token is stale to sign-in.');
    return { ...issue(subject.audience, form.get('scope') ?? ''), issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' };
  };
  return {
    issued,
    trust: (email, key) => void keys.set(email, key),
    forget: (email) => void keys.delete(email),
    trustSubject: (subject, audience, lapsesAtMs) => void subjects.set(subject, { audience, lapsesAtMs }),
    revoke: () => void (valid = new Map()),
    give(body, url) {
      const form = new URLSearchParams(body);
      const grant = form.get('grant_type');
      if (grant === grants.signed) return signed(form.get('assertion') ?? '', url);
      return grant === grants.exchange ? exchanged(form) : refuse(`Invalid grant_type: ${grant ?? ''}`, 'unsupported_grant_type');
    },
    check({ authorization = '' }, scope) {
      const known = valid.get(authorization.replace(/^Bearer /, ''));
      if (!known) throw new GoogleRefusal(401, 'authError', 'Invalid Credentials');
      if (!known.scopes.includes(scope)) throw new GoogleRefusal(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.');
    },
  };
}

function decoded(part: string): string {
  return Buffer.from(part, 'base64url').toString();
}
