import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { startDataApiServer, type DataApiServer } from './data-api-server.ts';
import { ga4Property } from './ga4-property.ts';
import { startGoogleServer, type GoogleServer } from './google-server.ts';
import { addDays, startOfDay, type Day } from '../../src/domain/calendar/day.ts';
import type { Ga4Row } from './ga4-schema.ts';

export interface GuardedSite {
  readonly google: GoogleServer;
  readonly api: DataApiServer;
  /** Of `almanac.yaml`: the export, compared with its reports; and the reports alone. */
  readonly exported: object;
  readonly reported: object;
  /** What no history and no log may hold: lines of the key, tokens so far, and whose they are. */
  secrets(): string[];
  /** The account is deleted: its tokens and its key open nothing any more. */
  withdraw(): void;
  dispose(): Promise<void>;
}

const timeZone = 'Europe/Berlin';
const email = 'reader@shop.iam.gserviceaccount.example';

/** A Google Analytics property whose people have marked ids, and which only the bearer of one key file may read. The last of its days has times of 1970. */
export async function guardedSite({ keyFile, mark, days }: { keyFile: string; mark: string; days: readonly Day[] }): Promise<GuardedSite> {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const google = await startGoogleServer({ now: Date.now, isGuarded: true });
  const api = await startDataApiServer({ now: Date.now, timeZone, tokens: google.tokens });
  google.tokens.trust(email, publicKey);
  writeFileSync(keyFile, JSON.stringify({ type: 'service_account', private_key_id: 'a1', private_key: pem, client_email: email, token_uri: `${google.rootUrl}token` }));

  const site = ga4Property({ seed: 21, timeZone, firstDay: days[0] ?? '', days: days.length, visitors: 80 });
  for (const day of days) {
    const isBroken = day === days.at(-1);
    const rows: Ga4Row[] = site.rowsOf(day).map((row) => ({ ...row, user_pseudo_id: row.user_pseudo_id === null ? null : `${mark}${String(row.user_pseudo_id)}`, ...(isBroken ? { event_timestamp: 1 } : {}) }));
    google.tables.put(`events_${day.replaceAll('-', '')}`, rows, startOfDay(addDays(day, 1), timeZone) / 1000);
    api.put(day, rows);
  }
  const credentials = { kind: 'service-account-file', file: keyFile };
  const common = { timeZone, shards: 2, calendar: { firstDay: days[0] }, schedules: { paused: true } };
  return {
    google, api,
    exported: { ...common, source: { kind: 'ga4-export', project: google.project, dataset: google.dataset, rootUrl: google.rootUrl, credentials, dataApi: { propertyId: api.propertyId, rootUrl: api.rootUrl } } },
    reported: { ...common, source: { kind: 'ga4-data-api', propertyId: api.propertyId, person: 'client_id', rootUrl: api.rootUrl, credentials } },
    secrets: () => [...pem.split('\n').filter((line) => line.length >= 32), ...google.tokens.issued.map(({ token }) => token), email, 'PRIVATE KEY'],
    withdraw() {
      google.tokens.revoke();
      google.tokens.forget(email);
    },
    async dispose() {
      await api.dispose();
      await google.dispose();
    },
  };
}
