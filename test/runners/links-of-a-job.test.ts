import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { keepLog, readLeft } from '../../activities/left-by-job.ts';
import { leftByTrainer } from '../../activities/model/left-by-trainer.ts';
import { openJobLog } from '../../src/runners/job-log.ts';

describe('a job\'s folder with links that lead out of it', () => {
  let root: string;
  let folder: string;
  let secret: string;
  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'almanac-links-'));
    folder = path.join(root, 'jobs/shop-2011-W48-r1');
    secret = path.join(root, 'secret');
    await mkdir(folder, { recursive: true });
    await writeFile(secret, 'of the worker');
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const refused = { code: 'bad-argument', message: /^a job left ".*": expected a file of its folder, and no link to one$/ };
  const write = async (name: string, text: string) => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  };
  const leave = (change: { savedModel?: string; walkForward?: string }) => write('result.json', JSON.stringify({ models: [{ savedModel: change.savedModel ?? 'models/dense/saved_model.pb' }], walkForward: change.walkForward ?? 'walk-forward.arrow' }));

  test('its log is a new file, wherever a link of that name leads', async () => {
    const file = path.join(folder, 'log.txt');
    for (const to of [secret, path.join(root, 'made'), '/dev/null', 'result.json']) {
      await rm(file, { force: true });
      await symlink(to, file);
      const log = openJobLog(file);
      log.note('a line');
      log.close();
      assert.ok((await lstat(file)).isFile());
      assert.equal(await readFile(file, 'utf8'), 'runner: a line\n');
    }
    assert.equal(await readFile(secret, 'utf8'), 'of the worker');
    await assert.rejects(lstat(path.join(root, 'made')), { code: 'ENOENT' });
  });

  test('its log is a new file where a folder or a pipe has its name, too', async () => {
    const file = path.join(folder, 'log.txt');
    await mkdir(path.join(file, 'deeper'), { recursive: true });
    openJobLog(file).close();
    await rm(file);
    execFileSync('mkfifo', [file]);
    openJobLog(file).close();
    assert.ok((await lstat(file)).isFile());
  });

  test('a log that became a link is not kept; one that is a file is, up to a size', async () => {
    const [logs, log] = [path.join(root, 'logs'), path.join(folder, 'log.txt')];
    await symlink(secret, log);
    await assert.rejects(keepLog({ jobLogsFolder: logs }, folder, log), refused);
    await rm(log);
    await writeFile(log, 'x'.repeat(5 * 1024 * 1024));
    const kept = await keepLog({ jobLogsFolder: logs }, folder, log);
    assert.equal(kept, path.join(logs, 'shop-2011-W48-r1.log'));
    assert.ok((await lstat(kept)).size < 4.1 * 1024 * 1024);
  });

  test('what a training left is read: its result and the files that it names', async () => {
    await write('models/dense/saved_model.pb', 'a model');
    await write('walk-forward.arrow', 'rows');
    await leave({});
    const { models, walkForward } = await leftByTrainer(folder);
    assert.deepEqual([models.map(({ bytes }) => String(bytes)), String(walkForward)], [['a model'], 'rows']);
  });

  test('a name that leads out, a link, a link on the way, a pipe or a folder is refused', async () => {
    await write('models/dense/saved_model.pb', 'a model');
    await write('walk-forward.arrow', 'rows');
    await symlink(secret, path.join(folder, 'link.pb'));
    await symlink(root, path.join(folder, 'up'));
    execFileSync('mkfifo', [path.join(folder, 'pipe')]);
    for (const name of ['../../secret', 'link.pb', 'up/secret', 'pipe', 'models', '.', '', 'models/../link.pb']) {
      await leave({ savedModel: name });
      await assert.rejects(leftByTrainer(folder), refused, name);
      await leave({ walkForward: name });
      await assert.rejects(leftByTrainer(folder), refused, name);
    }
    await rm(path.join(folder, 'result.json'));
    await symlink(secret, path.join(folder, 'result.json'));
    await assert.rejects(leftByTrainer(folder), refused);
  });

  test('a folder may itself be reached by a link: where jobs have their folders is ours to say', async () => {
    await symlink(path.join(root, 'jobs'), path.join(root, 'elsewhere'));
    await write('result.json', '{}');
    assert.equal(String(await readLeft(path.join(root, 'elsewhere/shop-2011-W48-r1'), 'result.json')), '{}');
  });

  test('what is not there is told as that', async () => {
    await assert.rejects(leftByTrainer(folder), { code: 'ENOENT' });
  });
});
