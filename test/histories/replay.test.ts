import assert from 'node:assert/strict';
import { cpSync, globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { prebuiltBundle } from '../../src/main/bundle.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { testFolder } from '../world.ts';

Runtime.install({ shutdownSignals: [], logger: new DefaultLogger('ERROR'), telemetryOptions: { logging: { filter: { core: 'OFF', other: 'OFF' } as never, forward: {} } } });

interface Recorded {
  readonly file: string;
  readonly workflowId: string;
  readonly history: unknown;
}

/** Runs that began under earlier sequences must go on under these: every recorded history is replayed. */
suite('recorded histories', () => {
  const root = resolve(import.meta.dirname, '../..');
  const silent = new DefaultLogger('ERROR');
  const recorded: Recorded[] = globSync('*.json.gz', { cwd: import.meta.dirname }).sort().map((file) =>
    ({ file, ...(JSON.parse(gunzipSync(readFileSync(join(import.meta.dirname, file))).toString('utf8')) as Omit<Recorded, 'file'>) }));
  let scratch: Awaited<ReturnType<typeof testFolder>>;
  before(async () => {
    scratch = await testFolder();
  });
  after(() => scratch.dispose());

  /** Files whose history the sequences of this bundle would not have written. */
  async function diverging(histories: readonly Recorded[], workflowBundle: { codePath: string }): Promise<string[]> {
    const results: string[] = [];
    const replays = Worker.runReplayHistories({ workflowBundle }, histories.map(({ workflowId, history }) => ({ workflowId, history })));
    let next = 0;
    for await (const { error } of replays) {
      const { file } = histories[next++]!; // results come in the order of the histories
      if (error) results.push(`${file}: ${/\[TMPRL1100\] ([^"]*)/.exec(error.message)?.[1] ?? error.message.split('\n')[0]}`);
    }
    assert.equal(next, histories.length, 'every history was replayed');
    return results;
  }

  test('there is one for every sequence, and for each of its paths', () => {
    const paths = new Map<string, number>();
    for (const { file } of recorded) paths.set(file.split('.')[0]!, (paths.get(file.split('.')[0]!) ?? 0) + 1);
    const sequences = [...readFileSync(join(root, 'workflows/index.ts'), 'utf8').matchAll(/export \{ (\w+) \}/g)].map(([, name]) => name!);
    assert.deepEqual([...paths.keys()].sort(), sequences.sort(), 'record the missing ones: node test/histories/record.ts');
    // Each world of test/sequences looks by itself that every path it walks is recorded.
    assert.ok(paths.get('week')! >= 20 && paths.get('revision')! >= 20 && paths.get('ingest')! >= 10, JSON.stringify([...paths]));
  });

  test('survive the way to JSON and back with the installed protobufjs', () => {
    for (const { file, history } of recorded) {
      const events = (history as { events: unknown[] }).events;
      const back = JSON.parse(historyToJSON(historyFromJSON(history))) as { events: unknown[] };
      assert.deepEqual(back.events, events, file);
    }
  });

  test('all replay on the sequences of today', async () => {
    const { codePath } = await prebuiltBundle(join(cacheFolder(), 'bundles'), silent);
    const failed = await diverging(recorded, { codePath });
    assert.deepEqual(failed, [], `${failed.length} recorded runs would break under this change. Guard it with patched('<what changes>') so that runs under way keep their order of steps; `
      + 'or, where no such run can be open, record anew with node test/histories/record.ts --anew and say so in the commit.');
  });

  test('a changed order of steps is noticed', async () => {
    for (const folder of ['workflows', 'activities', 'src']) cpSync(join(root, folder), join(scratch.folder, folder), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(scratch.folder, 'node_modules'));
    const changed = join(scratch.folder, 'workflows/ingest.ts');
    const source = readFileSync(changed, 'utf8');
    const claim = "const { generation, isSealed } = await quick('generation')";
    assert.ok(source.includes(claim), `the test changes the line "${claim}…" of workflows/ingest.ts`);
    writeFileSync(changed, source.replace(claim, `await quick('one step more').announceDay({ property, day });\n  ${claim}`));
    const { code } = await bundleWorkflowCode({ workflowsPath: join(scratch.folder, 'workflows/index.ts'), logger: silent });
    writeFileSync(join(scratch.folder, 'changed.js'), code);
    const few = recorded.filter(({ file }) => file.startsWith('ingest.loaded') || file.startsWith('ingest.unchanged'));
    const failed = await diverging(few, { codePath: join(scratch.folder, 'changed.js') });
    assert.deepEqual(failed.map((line) => line.split(':')[0]), ['ingest.loaded.json.gz']);
    assert.match(failed[0]!, /announceDay|[Nn]ondetermin/);
  });
});
