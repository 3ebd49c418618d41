import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = new URL('../ingest-memory.ts', import.meta.url).pathname;

interface Measured { readonly rows: number; readonly repeats: number; readonly bytes: number; readonly seconds: number; readonly peakMb: number }

async function measure(megabytes: number): Promise<Measured> {
  const { stdout } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', program, String(megabytes)]);
  return JSON.parse(stdout) as Measured;
}

test('memory does not grow with the file: a day of 200 MB needs what a day of 10 MB needs, and less than 400 MiB', { timeout: 300_000 }, async (t) => {
  const small = await measure(10);
  const large = await measure(200);
  t.diagnostic(`10 MB: ${small.rows} rows, ${Math.round(small.peakMb)} MiB; 200 MB: ${large.rows} rows, ${Math.round(large.peakMb)} MiB, ${Math.round(large.rows / large.seconds)} rows/s read`);
  assert.ok(large.bytes >= 200e6 && large.repeats === Math.floor(large.rows / 100));
  assert.ok(large.peakMb < 400, `peak of ${large.peakMb} MiB`);
  assert.ok(large.peakMb < small.peakMb * 1.5, `${small.peakMb} MiB at 10 MB, ${large.peakMb} MiB at 200 MB`);
});
