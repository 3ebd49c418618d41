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
type KeyFile = { readonly type?: string; readonly client_email?: string; readonly private_key?: string; readonly credential_source?: { readonly environment_id?: string } };

const typeOfFile = { 'service-account-file': 'service_account', 'workload-identity-file': 'external_account' } as const;
/** The narrowest scope of each API: one that may start a query, one that may read reports. */
export const googleScopes = { bigquery: 'https://www.googleapis.com/auth/bigquery', analyticsData: 'https://www.googleapis.com/auth/analytics.readonly' } as const;

/** A client that signs requests of one scope. Fails with `source-refused` naming the file, or what was looked for. */
export async function authorise(credentials: GoogleCredentials, scope: string = googleScopes.bigquery): Promise<Authorised> {
  const scopes = [scope];
  const library = await import('google-auth-library');
  switch (credentials.kind) {
    case 'none': {
      const client = new library.OAuth2Client();
      client.setCredentials({ access_token: 'none' });
      return client;
    }
    case 'application-default': {
      const google = new library.GoogleAuth({ scopes });
      const client = await google.getClient().catch((error: Error) => {
        throw new Failure('source-refused', `there are no Google credentials here (${error.message.split('\n')[0]}); run gcloud auth application-default login, set GOOGLE_APPLICATION_CREDENTIALS, or name a file in the source's credentials`);
      });
      askOnce(client);
      return google;
    }
    case 'service-account-file': {
      const { client_email: email, private_key: key } = await readKey(credentials);
      return usable(credentials.file, () => {
        createPrivateKey(key ?? ''); // else it is found out at every request anew
        return askOnce(new library.JWT({ email, key, scopes }));
      });
    }
    case 'workload-identity-file': {
      const key = await readKey(credentials);
      const settings = { ...key, scopes } as never; // the library checks what it needs
      return usable(credentials.file, () => askOnce(key.credential_source?.environment_id === undefined ? new library.IdentityPoolClient(settings) : new library.AwsClient(settings)));
    }
  }
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

function usable<Client>(file: string, make: () => Client): Client {
  try {
    return make();
  } catch {
    // What the library says may quote the file.
    throw new Failure('source-refused', `credentials file ${file} is not complete, or its key is damaged; expected the JSON file that Google gave`);
  }
}

async function readKey({ kind, file }: Extract<GoogleCredentials, { file: string }>): Promise<KeyFile> {
  let key: KeyFile;
  try {
    key = JSON.parse(await readFile(file, 'utf8')) as KeyFile;
  } catch (error) {
    throw new Failure('source-refused', `credentials file ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'it is not JSON'}); expected the JSON file that Google gave`);
  }
  if (key?.type === typeOfFile[kind]) return key;
  throw new Failure('source-refused', `credentials file ${file} is of type ${typeof key?.type === 'string' ? `"${key.type.slice(0, 40)}"` : 'none'}; expected "${typeOfFile[kind]}" for ${kind}`);
}
