import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { root } from '../../src/main/root.ts';

const run = promisify(execFile);

/** Preloaded: lists every module that is loaded, on stderr, when the process ends. */
const LISTS_MODULES = `data:text/javascript,${encodeURIComponent(`
  import { registerHooks } from 'node:module';
  const urls = new Set();
  registerHooks({ load: (url, context, next) => (urls.add(url), next(url, context)) });
  process.on('exit', () => process.stderr.write([...urls].join('\\n')));
`)}`;

/** What a command needs is loaded where it is used: Temporal, Cassandra and Arrow take seconds, and help must not. */
for (const asked of [['--help'], ['week', 'run', '--help'], ['scores', 'export', '--help'], ['backfill', 'run', '--help']]) {
  test(`almanac ${asked.join(' ')} loads commander and the commands, and nothing heavy`, async () => {
    const { stderr } = await run(process.execPath, ['--disable-warning=ExperimentalWarning', `--import=${LISTS_MODULES}`, join(root, 'src/main/cli.ts'), ...asked], { cwd: root });
    const modules = stderr.split('\n').filter((url) => url.startsWith('file:'));
    const packages = new Set(modules.flatMap((url) => /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []));
    assert.deepEqual([...packages], ['commander']);
    assert.ok(modules.length > 10 && modules.length <= 60, `${modules.length} modules`);
  });
}
