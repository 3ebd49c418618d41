import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import type { ArtifactRef, ArtifactStore } from '../../src/ports/artifact-store.ts';

/** Behaviour of every plug of the socket ArtifactStore; `make` gives an empty store; behind its back `names` looks at what it keeps, `spoil` changes the bytes and `lose` removes them. */
export function artifactStoreContract(name: string, make: () => Promise<{ store: ArtifactStore; names(kind: string): Promise<readonly string[]>; spoil(ref: ArtifactRef): Promise<void>; lose(ref: ArtifactRef): Promise<void> }>): void {
  describe(`artifact store: ${name}`, () => {
    const text = (value: string) => new TextEncoder().encode(value);

    test('what is put is got back, named by its hash', async () => {
      const { store } = await make();
      const ref = await store.put('dataset', '.arrow', text('hello'));
      const sha256 = createHash('sha256').update('hello').digest('hex');
      assert.deepEqual(ref, { name: `dataset/${sha256}.arrow`, sha256, bytes: 5 });
      assert.deepEqual(Buffer.from(await store.get(ref)).toString(), 'hello');
      assert.equal(await readFile(await store.localPath(ref), 'utf8'), 'hello');
    });

    test('chunks and the whole give the same artifact, and putting it again changes nothing', async () => {
      const { store, names } = await make();
      const ref = await store.put('dataset', '.arrow', text('hello'));
      async function* chunks() {
        yield text('hel');
        yield text('lo');
      }
      assert.deepEqual(await store.put('dataset', '.arrow', chunks()), ref);
      assert.deepEqual(await names('dataset'), [ref.name]);
    });

    test('many at once under one name are one artifact', async () => {
      const { store, names } = await make();
      const refs = await Promise.all(Array.from({ length: 20 }, () => store.put('report', '.json', text('{}'))));
      assert.equal(new Set(refs.map((ref) => ref.name)).size, 1);
      assert.deepEqual(await names('report'), [refs[0]?.name]);
    });

    test('a source that fails leaves nothing', async () => {
      const { store, names } = await make();
      async function* broken() {
        yield text('half');
        throw new Error('the source broke');
      }
      await assert.rejects(store.put('dataset', '', broken()), /the source broke/);
      assert.deepEqual(await names('dataset'), []);
    });

    test('a missing artifact is named', async () => {
      const { store, lose } = await make();
      const ref = await store.put('dataset', '', text('soon gone'));
      await lose(ref);
      await assert.rejects(store.get(ref), { code: 'artifact-missing' });
      await assert.rejects(store.localPath(ref), { code: 'artifact-missing' });
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
  });
}

/** For plugs that keep files. */
export async function spoilFile(file: string): Promise<void> {
  await writeFile(file, 'changed');
}
