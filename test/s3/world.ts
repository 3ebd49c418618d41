import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../src/parts/cache.ts';
import { findGo } from '../../src/parts/find-program.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { launch, waitUntilReady } from '../../src/parts/launch.ts';
import { obtainVersitygw } from '../../src/parts/obtain-versitygw.ts';
import { createReportPrinter } from '../../src/parts/report-printer.ts';
import { versitygw } from '../../src/parts/versions.ts';
import { versitygwProcess } from '../../src/parts/versitygw.ts';

export const secret = 'a-secret-that-nobody-may-read';

/** A real S3 server on loopback with its data in a folder of its own, and how it is reached. */
export async function s3World() {
  const go = await findGo(versitygw.go);
  assert.ok(go !== undefined, `versitygw, the S3 server of this test, is built by Go ${versitygw.go} or newer, which is not here: install it, or set ALMANAC_GO to it`);
  const binary = await obtainVersitygw({ cache: cacheFolder(), go, report: createReportPrinter(process.stderr) });
  const folder = mkdtempSync(join(tmpdir(), 'almanac-s3-'));
  const [port] = (await freePorts({ count: 1 })) as [number];
  const spec = versitygwProcess({ folder, binary, port, accessKeyId: 'almanac', secretAccessKey: secret });
  const logFile = join(folder, 'versitygw.log');
  const launched = await launch({ spec, logFile });
  await waitUntilReady({ spec, launched, logFile });
  const secretKeyFile = join(folder, 'secret');
  writeFileSync(secretKeyFile, `${secret}\n`);
  let buckets = 0;
  return {
    folder,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'almanac', secretKeyFile },
    /** An empty bucket. */
    newBucket(): string {
      const name = `bucket-${(buckets += 1)}`;
      mkdirSync(join(folder, 'buckets', name));
      return name;
    },
    async dispose() {
      await launched.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
