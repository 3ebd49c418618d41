import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** The day that ingest is measured with. */
export const measuredDay = '2026-03-04';
export const dayColumns = { user: { column: 'customer' }, time: { column: 'at', format: 'YYYY-MM-DD HH:mm:ss' }, name: { constant: 'purchase' }, value: { multiply: ['quantity', 'price'] }, group: { column: 'invoice' } } as const;

/**
 * Writes one day of `rows` purchases as gzip CSV; the same seed gives the same content. One row in a hundred has no
 * customer, one in five hundred no time, one in a thousand is the row before it again.
 */
export async function writeDayFile(path: string, rows: number, seed = 11): Promise<void> {
  const random = xoroshiro128plus(seed);
  const below = (limit: number): number => Math.floor(uniformFloat64(random) * limit);
  const gzip = createGzip({ level: 1 });
  const written = pipeline(gzip, createWriteStream(path));
  gzip.write('invoice,quantity,at,price,customer,country\n');
  let line = '';
  for (let row = 0; row < rows; row += 1) {
    const second = Math.floor((row / rows) * 86_400);
    const clock = [second / 3600, (second / 60) % 60, second % 60].map((part) => String(Math.floor(part)).padStart(2, '0')).join(':');
    const at = row % 500 === 3 ? 'unknown' : `${measuredDay} ${clock}`;
    const customer = row % 100 === 7 ? '' : String(10_000 + below(rows / 10));
    if (row % 1000 !== 9) line = `${500_000 + Math.floor(row / 12)},${1 + below(24)},${at},${(0.2 + below(2000) / 100).toFixed(2)},${customer},United Kingdom\n`;
    if (!gzip.write(line)) await once(gzip, 'drain');
  }
  gzip.end();
  await written;
}
