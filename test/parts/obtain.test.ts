import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { obtainOnce } from '../../src/parts/cache.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import { lockedJars, verifyJars } from '../../src/parts/maven-jars.ts';
import { finishedLine } from '../../src/parts/report-printer.ts';
import type { PartReport } from '../../src/parts/report.ts';

describe('obtaining parts', () => {
  const cache = mkdtempSync(path.join(tmpdir(), 'almanac-cache-'));
  after(() => rmSync(cache, { recursive: true, force: true }));

  test('the second time everything is in the cache, the same and at once', async () => {
    const first = await obtainParts({ report: () => {} });
    const lines: PartReport[] = [];
    const began = performance.now();
    assert.deepEqual(await obtainParts({ report: (line) => lines.push(line) }), first);
    assert.ok(performance.now() - began < 5000);
    assert.equal(lines.filter(({ state }) => state === 'working').length, 0);
    assert.ok(lines.every(({ detail }) => /^(in cache|found at )/.test(detail)), JSON.stringify(lines));
  });

  test('every jar of Cassandra is the locked one, byte for byte', async () => {
    const { cassandraJars } = await obtainParts({ report: () => {}, without: ['temporal', 'libtensorflow'] });
    verifyJars({ jars: lockedJars('src/parts/cassandra'), folder: cassandraJars, lock: 'jars.lock' });
  });

  test('a jar that differs, lacks or is too many is refused by name', () => {
    const folder = path.join(cache, 'jars');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'a-1.jar'), 'changed');
    writeFileSync(path.join(folder, 'c-1.jar'), '');
    const jars = ['a', 'b'].map((name) => ({ file: `${name}-1.jar`, bytes: 1, sha256: '0'.repeat(64) }));
    assert.throws(() => verifyJars({ jars, folder, lock: 'jars.lock' }), /missing \[b-1\.jar\], unexpected \[c-1\.jar\], changed \[a-1\.jar\]/);
  });

  test('the addon of TensorFlow computes on the native library', async () => {
    await obtainParts({ report: () => {}, without: ['temporal', 'cassandra'] });
    const { tf } = await import('../../src/models/tfjs.ts');
    assert.equal(tf.getBackend(), 'tensorflow');
    assert.equal(tf.tensor1d([1, 2, 3]).sum().dataSync()[0], 6);
  });

  test('two that want the same part at once make it once', async () => {
    let made = 0;
    const want = () =>
      obtainOnce({
        cache,
        part: 'thing',
        key: '1',
        make: async (temporary) => {
          made += 1;
          await delay(50);
          writeFileSync(path.join(temporary, 'content'), 'whole');
        },
      });
    const outcomes = await Promise.all([want(), want(), want()]);
    assert.equal(made, 1);
    assert.deepEqual(outcomes.map(({ wasThere }) => wasThere).sort(), [false, true, true]);
    assert.equal(readFileSync(path.join(cache, 'thing', '1', 'content'), 'utf8'), 'whole');
  });

  test('a part whose making failed is made anew the next time', async () => {
    const make = { cache, part: 'thing', key: '2' };
    await assert.rejects(obtainOnce({ ...make, make: () => Promise.reject(new Error('no network')) }), /no network/);
    assert.equal((await obtainOnce({ ...make, make: async () => {} })).wasThere, false);
  });

  test('a finished line says part, size and seconds, without control characters', () => {
    const line = finishedLine({ part: 'Temporal 1.9.1', state: 'ready', detail: '45 MB from the package index', seconds: 7.2 });
    assert.match(line, /^ {2}✓ Temporal 1\.9\.1 +45 MB from the package index +7 s$/);
  });
});
