import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { ArtifactRef, ArtifactStore } from '../../src/ports/artifact-store.ts';

/** Behaviour of every plug of the socket ArtifactStore; `make` gives an empty store, `spoil` changes the kept bytes behind its back. */
export function artifactStoreContract(name: string, make: () => Promise<{ store: ArtifactStore; spoil(ref: ArtifactRef): Promise<void> }>): void {
  describe(`artifact store: ${name}`, () => {
    const text = (value: string) => new TextEncoder().encode(value);
    const all = async (refs: AsyncIterable<ArtifactRef>) => {
      const names: string[] = [];
      for await (const ref of refs) names.push(ref.name);
      return names.sort();
    };

    test('what is put is got back, named by its hash', async () => {
      const { store } = await make();
      const ref = await store.put('dataset', '.arrow', text('hello'));
      const sha256 = createHash('sha256').update('hello').digest('hex');
      assert.deepEqual(ref, { name: `dataset/${sha256}.arrow`, sha256, bytes: 5 });
      assert.deepEqual(Buffer.from(await store.get(ref)).toString(), 'hello');
      assert.equal(await readFile(await store.localPath(ref), 'utf8'), 'hello');
      assert.equal(await store.has(ref), true);
    });

    test('chunks and the whole give the same artifact, and putting it again changes nothing', async () => {
      const { store } = await make();
      const ref = await store.put('dataset', '.arrow', text('hello'));
      async function* chunks() {
        yield text('hel');
        yield text('lo');
      }
      assert.deepEqual(await store.put('dataset', '.arrow', chunks()), ref);
      assert.deepEqual(await all(store.list('dataset')), [ref.name]);
    });

    test('many at once under one name are one artifact', async () => {
      const { store } = await make();
      const refs = await Promise.all(Array.from({ length: 20 }, () => store.put('report', '.json', text('{}'))));
      assert.equal(new Set(refs.map((ref) => ref.name)).size, 1);
      assert.deepEqual(await all(store.list('report')), [refs[0]?.name]);
    });

    test('a source that fails leaves nothing', async () => {
      const { store } = await make();
      async function* broken() {
        yield text('half');
        throw new Error('the source broke');
      }
      await assert.rejects(store.put('dataset', '', broken()), /the source broke/);
      assert.deepEqual(await all(store.list('dataset')), []);
    });

    test('a missing artifact is named', async () => {
      const { store } = await make();
      const ref = await store.put('dataset', '', text('soon gone'));
      await store.remove(ref);
      await store.remove(ref);
      assert.equal(await store.has(ref), false);
      await assert.rejects(store.get(ref), { code: 'artifact-missing' });
      await assert.rejects(store.localPath(ref), { code: 'artifact-missing' });
      assert.deepEqual(await all(store.list('dataset')), []);
    });

    test('changed bytes are noticed', async () => {
      const { store, spoil } = await make();
      const ref = await store.put('dataset', '', text('honest'));
      await spoil(ref);
      await assert.rejects(store.get(ref), { code: 'artifact-corrupt' });
      await assert.rejects(store.localPath(ref), { code: 'artifact-corrupt' });
    });

    test('a name that leads elsewhere is refused', async () => {
      const { store } = await make();
      await assert.rejects(store.get({ name: '../../etc/passwd', sha256: '', bytes: 0 }), { code: 'bad-argument' });
      await assert.rejects(store.put('../up', '', text('x')), { code: 'bad-argument' });
    });

    test('kinds are listed apart', async () => {
      const { store } = await make();
      const model = await store.put('model', '.pb', text('m'));
      await store.put('report', '.json', text('r'));
      assert.deepEqual(await all(store.list('model')), [model.name]);
      assert.deepEqual(await all(store.list('nothing')), []);
    });
  });
}

/** For plugs that keep files. */
export async function spoilFile(file: string): Promise<void> {
  await writeFile(file, 'changed');
}
