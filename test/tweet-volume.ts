import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Reading } from '../src/domain/rollup/reading.ts';

const folder = join(import.meta.dirname, '../data/tweets-volume');

/** A real series: tweets that named a company, every five minutes. */
export function tweetVolume(company: string): Reading[] {
  const [, ...lines] = gunzipSync(readFileSync(join(folder, `Twitter_volume_${company}.csv.gz`))).toString('utf8').trim().split('\n');
  return lines.map((line) => {
    const [timestamp = '', value] = line.trim().split(',');
    return { platform: 'twitter', member: company, second: Date.parse(`${timestamp.replace(' ', 'T')}Z`) / 1000, value: Number(value) };
  });
}
