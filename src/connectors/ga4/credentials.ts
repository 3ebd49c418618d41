import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Failure } from '../../domain/failure.ts';
import type { AuthClient, AwsClient, GoogleAuth, IdentityPoolClient, JWT, OAuth2Client } from 'google-auth-library';

/** Where the right to ask comes from. Files are named, never copied: what is in them reaches no history and no log. */
export type GoogleCredentials =
  /** What the machine offers: `gcloud auth application-default login`, `GOOGLE_APPLICATION_CREDENTIALS`, or the service it runs on. */
  | { readonly kind: 'application-default' }
  | { readonly kind: 'service-account-file'; readonly file: string }
  | { readonly kind: 'workload-identity-file'; readonly file: string }
  /** Nothing is sent that opens anything: for a server of one's own behind `rootUrl`. */
  | { readonly kind: 'none' };

export type Authorised = GoogleAuth | OAuth2Client | JWT | IdentityPoolClient | AwsClient;
type FileCredentials = Extract<GoogleCredentials, { file: string }>;
interface KeyFile {
  readonly type?: string;
  readonly client_email?: string;
  readonly private_key?: string;
  readonly private_key_id?: string;
  /** Where tokens are given; Google's own place unless said. */
  readonly token_uri?: string;
  readonly credential_source?: { readonly environment_id?: string; readonly file?: string };
}

const typeOfFile = { 'service-account-file': 'service_account', 'workload-identity-file': 'external_account' } as const;
/** The narrowest scope of each API: one that may start a query, one that may read reports. */
export const googleScopes = { bigquery: 'https://www.googleapis.com/auth/bigquery', analyticsData: 'https://www.googleapis.com/auth/analytics.readonly' } as const;
/** The one place that the library asks, whatever a key file says. */
const googleTokenUrl = 'https://oauth2.googleapis.com/token';

/** A client that signs requests of one scope. Fails with `source-refused` naming the file, or what was looked for. */
export async function authorise(credentials: GoogleCredentials, scope: string = googleScopes.bigquery): Promise<Authorised> {
  switch (credentials.kind) {
    case 'none': {
      const { OAuth2Client } = await import('google-auth-library');
      const client = new OAuth2Client();
      client.setCredentials({ access_token: 'none' });
      return client;
    }
    case 'application-default':
      return applicationDefault([scope]);
    case 'service-account-file':
    case 'workload-identity-file':
      return ofFile(credentials, await readKey(credentials), [scope]);
  }
}

/** How the credentials are called in a sentence: by the file, never by what is in it. */
export function nameOf(credentials: GoogleCredentials): string {
  const file = 'file' in credentials ? credentials.file : credentials.kind === 'application-default' ? process.env.GOOGLE_APPLICATION_CREDENTIALS : undefined;
  return file ? `the credentials of the source (${file})` : 'the credentials of the source';
}

/**
 * What the machine offers. A key or identity file that the environment names is read here: the library would ask Google
 * which project an identity belongs to, which the scopes of reading do not allow, and quotes a file that is not JSON.
 */
async function applicationDefault(scopes: string[]): Promise<Authorised> {
  const file = process.env.GOOGLE_APPLICATION_CREDENTIALS;
  if (file) {
    const key = await readJson(file);
    const kind = (['service-account-file', 'workload-identity-file'] as const).find((known) => typeOfFile[known] === key?.type);
    if (kind) return ofFile({ kind, file }, key, scopes);
  }
  const { GoogleAuth } = await import('google-auth-library');
  const google = new GoogleAuth({ scopes });
  const client = await google.getClient().catch((error: Error & { code?: unknown }) => {
    const why = typeof error.code === 'string' ? ` (${error.code})` : error instanceof SyntaxError ? ' (its file is not JSON)' : '';
    throw new Failure('source-refused', `there are no Google credentials here${why}; run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, or name a file in the source's credentials`);
  });
  askOnce(client);
  return google;
}

async function ofFile({ kind, file }: FileCredentials, key: KeyFile, scopes: string[]): Promise<Authorised> {
  const library = await import('google-auth-library');
  return usable(file, () => {
    if (kind === 'service-account-file') {
      // Else it is found out at every request anew.
      if (!key.client_email || createPrivateKey(key.private_key ?? '').asymmetricKeyType !== 'rsa') throw new RangeError();
      const { token_uri: tokenUrl = googleTokenUrl } = key;
      const client = new library.JWT({ email: key.client_email, key: key.private_key, keyId: key.private_key_id, scopes, additionalClaims: { aud: tokenUrl } });
      return askAt(askOnce(client), new URL(tokenUrl));
    }
    const settings = { ...key, scopes } as never; // the library checks what it needs
    if (key.credential_source?.environment_id !== undefined) return askOnce(new library.AwsClient(settings));
    return namingItsFile(askOnce(new library.IdentityPoolClient(settings)), key.credential_source?.file);
  });
}

/**
 * The library asks for a token up to four times by itself; trying again is the business of whoever called. Exchanges of
 * workload identity go through a transport of their own, which has no public name.
 */
function askOnce<Client extends AuthClient>(client: Client): Client {
  const exchange = (client as { stsCredential?: { transporter?: AuthClient['transporter'] } }).stsCredential?.transporter;
  for (const transport of [client.transporter, exchange]) {
    transport?.interceptors.request.add({ resolved: async (request) => ({ ...request, retry: false, retryConfig: { retry: 0 } }) });
  }
  return client;
}

/** Requests for a token go where the key file says. */
function askAt<Client extends AuthClient>(client: Client, url: URL): Client {
  client.transporter.interceptors.request.add({ resolved: async (request) => (String(request.url) === googleTokenUrl ? { ...request, url } : request) });
  return client;
}

/** An identity whose own file cannot be read is refused by name: the library's error would look like an answer that did not come. */
function namingItsFile(client: IdentityPoolClient, file: string | undefined): IdentityPoolClient {
  if (file === undefined) return client;
  const retrieve = client.retrieveSubjectToken.bind(client);
  client.retrieveSubjectToken = () => retrieve().catch((error: NodeJS.ErrnoException) => {
    throw new Failure('source-refused', `file ${file}, which the credentials name as the identity's own, cannot be used (${error.code ?? 'no token is in it'}); expected what the identity provider writes there`);
  });
  return client;
}

function usable<Client>(file: string, make: () => Client): Client {
  try {
    return make();
  } catch {
    // What the library says may quote the file.
    throw new Failure('source-refused', `credentials file ${file} is not complete, or its key is damaged; expected the JSON file that Google gave`);
  }
}

async function readKey({ kind, file }: FileCredentials): Promise<KeyFile> {
  const key = await readJson(file);
  if (key?.type === typeOfFile[kind]) return key;
  throw new Failure('source-refused', `credentials file ${file} is of type ${typeof key?.type === 'string' ? `"${key.type.slice(0, 40)}"` : 'none'}; expected "${typeOfFile[kind]}" for ${kind}`);
}

async function readJson(file: string): Promise<KeyFile> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as KeyFile;
  } catch (error) {
    throw new Failure('source-refused', `credentials file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'it is not JSON'}); expected the JSON file that Google gave`);
  }
}
