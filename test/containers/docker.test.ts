import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test } from 'node:test';

const program = path.resolve(import.meta.dirname, '../docker/run.ts');

// In a process of its own: a process cannot leave the network namespace that it was started in.
test('the image, weeks in containers and the compose file on a real Docker engine, in a network of its own', { timeout: 30 * 60_000 }, async (t) => {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NODE_TEST_CONTEXT: undefined } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  const [code] = (await once(child, 'close')) as [number | null];
  for (const [line] of said.matchAll(/^longest: .*$/gm)) t.diagnostic(line);
  assert.equal(code, 0, said);
});
