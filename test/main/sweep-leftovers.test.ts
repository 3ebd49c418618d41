import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { sweepLeftovers } from '../../src/main/sweep-leftovers.ts';

const home = mkdtempSync(join(tmpdir(), 'almanac-sweep-'));
after(() => rmSync(home, { recursive: true, force: true }));

const now = Date.parse('2026-03-01T12:00:00Z');
const hours = 3_600_000;

function put(name: string, ageHours: number): void {
  const entry = join(home, name);
  mkdirSync(dirname(entry), { recursive: true });
  if (name.endsWith('/')) mkdirSync(entry);
  else writeFileSync(entry, 'x');
  utimesSync(entry, (now - ageHours * hours) / 1000, (now - ageHours * hours) / 1000);
}

test('what is half-made goes after a day, slices and copies after a month without use, and nothing else', async () => {
  assert.equal(await sweepLeftovers(join(home, 'not-there'), now), 0);
  put('artifacts/incoming/old', 25);
  put('artifacts/incoming/new', 23);
  put('artifacts/dataset/kept', 9999);
  put('artifact-copies/incoming/old', 25);
  put('artifact-copies/model/unused', 31 * 24);
  put('artifact-copies/model/used', 29 * 24);
  put('spool/shop/scratch/ordinals-old', 25);
  put('spool/shop/scratch/ordinals-new', 1);
  put('spool/shop/draft-old/', 25);
  put('spool/shop/draft-new/', 1);
  put('spool/shop/slices-unused/', 31 * 24);
  put('spool/shop/slices-used/', 29 * 24);
  put('jobs/shop-old/', 31 * 24);
  put('jobs/shop-new/', 29 * 24);
  put('jobs/running/', 9999);
  put('logs/jobs/shop-old.log', 366 * 24);
  put('logs/jobs/shop-new.log', 364 * 24);
  put('logs/worker.log', 9999);
  utimesSync(join(home, 'spool/shop/scratch'), 0, 0);
  assert.equal(await sweepLeftovers(home, now), 8);
  assert.deepEqual(readdirSync(join(home, 'jobs')).sort(), ['running', 'shop-new']);
  assert.deepEqual(readdirSync(join(home, 'logs/jobs')), ['shop-new.log']);
  assert.deepEqual(readdirSync(join(home, 'artifacts/incoming')), ['new']);
  assert.deepEqual(readdirSync(join(home, 'artifacts/dataset')), ['kept']);
  assert.deepEqual(readdirSync(join(home, 'artifact-copies/model')), ['used']);
  assert.deepEqual(readdirSync(join(home, 'spool/shop')).sort(), ['draft-new', 'scratch', 'slices-used']);
  assert.deepEqual(readdirSync(join(home, 'spool/shop/scratch')), ['ordinals-new']);
});
