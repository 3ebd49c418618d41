import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createKeyFiles } from '../../src/stores/key-files.ts';
import type { KeyVault } from '../../src/ports/key-store.ts';

const plugs = [{
  name: 'files',
  async open(): Promise<{ vault: KeyVault; twin: KeyVault; dispose: () => Promise<void> }> {
    const folder = await mkdtemp(join(tmpdir(), 'almanac-keys-'));
    return { vault: createKeyFiles({ folder }), twin: createKeyFiles({ folder }), dispose: () => rm(folder, { recursive: true }) };
  },
}];

for (const plug of plugs) {
  suite(`key vault: ${plug.name}`, () => {
    let vault: KeyVault;
    let twin: KeyVault;
    let dispose: () => Promise<void>;
    before(async () => { ({ vault, twin, dispose } = await plug.open()); });
    after(() => dispose());

    test('callers at once get the same key', async () => {
      const made = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? vault : twin).createIfAbsent('shop/2011-W48', () => `key ${index}`)));
      assert.equal(new Set(made).size, 1);
      assert.equal(await vault.read('shop/2011-W48'), made[0]);
      assert.equal(await twin.createIfAbsent('shop/2011-W48', () => assert.fail('a key was there')), made[0]);
    });

    test('a key can be replaced and forgotten', async () => {
      await vault.replace('shop/2011-W47', 'one');
      await vault.replace('shop/2011-W47', 'two');
      assert.equal(await vault.read('shop/2011-W47'), 'two');
      for (let round = 0; round < 2; round++) await vault.forget('shop/2011-W47');
      assert.equal(await vault.read('shop/2011-W47'), null);
    });

    test('names that would leave the vault stay in it', async () => {
      for (const name of ['../outside', '..', 'a/b', 'ü ~']) {
        await vault.replace(name, name);
        assert.equal(await vault.read(name), name);
      }
    });
  });
}

test('key files are for their owner alone, and what a crash left is removed', async () => {
  const folder = join(await mkdtemp(join(tmpdir(), 'almanac-keys-')), 'keys');
  const vault = createKeyFiles({ folder });
  await vault.createIfAbsent('shop/2011-W48', () => 'secret');
  const left = join(folder, '.left.tmp');
  await writeFile(left, 'secret');
  await utimes(left, 0, 0);
  await vault.replace('shop/2011-W47', 'secret');
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  const names = await readdir(folder);
  assert.deepEqual(names.sort(), ['shop%2F2011-W47.key', 'shop%2F2011-W48.key']);
  for (const name of names) assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  await rm(folder, { recursive: true });
});
