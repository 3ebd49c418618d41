import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';

const bootstrap = path.join(import.meta.dirname, '../../scripts/bootstrap.mjs');

describe('the bootstrap', () => {
  const world = mkdtempSync(path.join(tmpdir(), 'almanac-bootstrap-'));
  after(() => rmSync(world, { recursive: true, force: true }));

  test('names everything that is missing at once, each with its command, before any download', () => {
    const { status, lines, cache } = start({ programs: {} });
    assert.equal(status, 1);
    assert.equal(lines[0], 'Almanac needs, and did not find:');
    assert.deepEqual(lines.slice(1).map((line) => line.trim().split(' ')[0]), ['java', 'mvn', 'g++', 'python3']);
    assert.ok(lines.slice(1).every((line) => /: (sudo apt-get install -y|sudo dnf install -y|brew install) \S/.test(line)), lines.join('\n'));
    assert.equal(existsSync(cache), false);
  });

  test('refuses a Java of another version by its number and says how to name the right one', () => {
    const { lines } = start({ programs: { java: 'echo \'openjdk version "21.0.2" 2024-01-16\' >&2', mvn: '', 'g++': '', python3: '' } });
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? '', /bin\/java is version 21, not 17 .*set ALMANAC_JAVA/);
  });

  test('asks for no Java and no Maven where Cassandra runs elsewhere', () => {
    const { lines } = start({ programs: { 'g++': '' }, environment: { ALMANAC_CASSANDRA: '10.0.0.1:9042' } });
    assert.deepEqual(lines.slice(1).map((line) => line.trim().split(' ')[0]), ['python3']);
  });

  test('an unknown command is answered with the known ones', () => {
    const { stderr } = spawnSync(process.execPath, [bootstrap, 'launch'], { encoding: 'utf8' });
    assert.match(stderr, /launch was asked for; expected one of start, test, test-core, test-containers, test-long, bench, image, check, cli/);
  });

  /** Runs `start` on a machine that has only the given programs (shell text) and an empty cache. */
  function start(options: { programs: Record<string, string>; environment?: Record<string, string> }) {
    const machine = mkdtempSync(path.join(world, 'machine-'));
    const bin = path.join(machine, 'bin');
    const cache = path.join(machine, 'cache');
    mkdirSync(bin);
    symlinkSync('/bin/sh', path.join(bin, 'sh'));
    for (const [name, text] of Object.entries(options.programs)) {
      writeFileSync(path.join(bin, name), `#!/bin/sh\n${text}\n`);
      chmodSync(path.join(bin, name), 0o755);
    }
    const env = { PATH: bin, HOME: machine, ALMANAC_CACHE: cache, ...options.environment };
    const { status, stderr } = spawnSync(process.execPath, [bootstrap, 'start'], { env, encoding: 'utf8' });
    return { status, lines: stderr.trim().split('\n'), cache };
  }
});
