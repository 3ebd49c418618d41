import assert from 'node:assert/strict';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { tensorflowServing } from '../../src/connectors/tensorflow-serving.ts';
import { identityCalibration } from '../../src/domain/model/calibration.ts';
import { encodeSavedModel } from '../../src/models/saved-model.ts';
import { artifactFolder } from '../../src/stores/artifact-folder.ts';
import { differenceNetwork } from '../models/model-server-process.ts';
import { eventually } from '../stack.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { ArtifactRef } from '../../src/ports/artifact-store.ts';
import type { ModelService } from '../../src/ports/model-service.ts';

interface Golden {
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown; readonly text?: string };
  readonly response: { readonly status: number; readonly body?: unknown; readonly error?: string };
}

export interface ServingWorld {
  readonly address: string;
  /** As this process sees the folder that the server reads its models from. */
  readonly baseFolder: string;
  dispose(): Promise<void>;
}

/** What a server that speaks TensorFlow Serving's REST must do: ours as a process or in a container, or `tensorflow/serving`. */
export function tensorflowServingContract(server: string, start: (folder: string) => Promise<ServingWorld>): void {
  describe(`TensorFlow Serving's REST: ${server}`, { concurrency: false }, () => {
    let root: string;
    let world: ServingWorld;
    let base: string;
    let service: ModelService;
    let model: ArtifactRef;
    let address: string;

    before(async () => {
      root = await mkdtemp(path.join(tmpdir(), 'almanac-serving-'));
      world = await start(root);
      ({ address, baseFolder: base } = world);
      const store = artifactFolder({ folder: path.join(root, 'artifacts') });
      service = tensorflowServing({ address, baseFolder: base, localPath: store.localPath, availableWithinMs: 20_000 });
      model = await store.put('model', '.pb', encodeSavedModel(differenceNetwork(), identityCalibration));
      await service.deploy({ name: 'golden', version: '1' }, model);
    });
    after(async () => {
      await world?.dispose();
      await rm(root, { recursive: true, force: true });
    });

    test('requests and answers are the golden ones', async (t) => {
      const folder = path.join(import.meta.dirname, 'tensorflow-serving');
      for (const file of (await readdir(folder)).sort()) {
        await t.test(path.basename(file, '.json'), async () => {
          const { request, response } = JSON.parse(await readFile(path.join(folder, file), 'utf8')) as Golden;
          const answer = await fetch(new URL(request.path, address), { method: request.method, body: request.text ?? (request.body && JSON.stringify(request.body)) as string });
          const body = (await answer.json()) as { error?: string };
          assert.equal(answer.status, response.status, JSON.stringify(body));
          if (response.error) assert.match(body.error ?? '', new RegExp(response.error));
          else assert.deepEqual(rounded(body), rounded(response.body));
        });
      }
    });

    test('probabilities come one a row, in order', async () => {
      const rows = Array.from({ length: 1000 }, (_, index) => [index / 200, 1]);
      const probabilities = await service.predict({ name: 'golden', version: '1' }, rows);
      rows.forEach(([first = 0], index) => assert.ok(Math.abs(probabilities[index]! - 1 / (1 + Math.exp(1 - first))) < 1e-6));
    });

    test('a body that the model cannot read is a final failure', async () => {
      await assert.rejects(service.predict({ name: 'golden', version: '1' }, [[1]]), { code: 'bad-argument', isFinal: true });
      await assert.rejects(service.predict({ name: 'golden', version: '1' }, [[1, Number.NaN]]), { code: 'bad-argument', isFinal: true });
    });

    test('a version that is not there is worth another try', async () => {
      await assert.rejects(service.predict({ name: 'golden', version: '99' }, [[1, 1]]), { code: 'model-server-unavailable', isFinal: false });
    });

    test('deploying again changes nothing, other bytes under a version are refused', async () => {
      await service.deploy({ name: 'golden', version: '1' }, model);
      const store = artifactFolder({ folder: path.join(root, 'artifacts') });
      const another = await store.put('model', '.pb', encodeSavedModel(differenceNetwork(2), identityCalibration));
      await assert.rejects(service.deploy({ name: 'golden', version: '1' }, another), { code: 'model-refused', isFinal: true });
      assert.deepEqual(await readdir(path.join(base, 'golden')), ['1']);
    });

    test('the list of models names each once, with all its versions, where containers have them', async () => {
      const store = artifactFolder({ folder: path.join(root, 'artifacts') });
      await Promise.all(['another', 'third'].map(async (name, index) => service.deploy({ name, version: '1' }, await store.put('model', '.pb', encodeSavedModel(differenceNetwork(3 + index), identityCalibration)))));
      const list = await readFile(path.join(base, 'models.config'), 'utf8');
      assert.deepEqual([...list.matchAll(/^    (name|base_path|model_platform): "(.*)"$/gm)].map(([, key, value]) => `${key} ${value}`), ['another', 'golden', 'third'].flatMap((name) => [`name ${name}`, `base_path /models/${name}`, 'model_platform tensorflow']));
      assert.equal(list.match(/model_version_policy \{ all \{\} \}/g)?.length, 3);
      assert.deepEqual((await readdir(base)).sort(), ['another', 'golden', 'models.config', 'third']);
    });

    test('a new version appears without a restart, both answer though one fits into memory, and one whose files are gone is gone', async () => {
      const store = artifactFolder({ folder: path.join(root, 'artifacts') });
      const second = await store.put('model', '.pb', encodeSavedModel(differenceNetwork(2), identityCalibration));
      await service.deploy({ name: 'golden', version: '2' }, second);
      for (let round = 0; round < 3; round++) {
        assert.ok(Math.abs((await service.predict({ name: 'golden', version: '1' }, [[2, 1]]))[0]! - 0.7310586) < 1e-6);
        assert.ok(Math.abs((await service.predict({ name: 'golden', version: '2' }, [[2, 1]]))[0]! - 0.8807971) < 1e-6);
      }
      const both = await Promise.all(Array.from({ length: 40 }, (_, index) => service.predict({ name: 'golden', version: String(1 + (index % 2)) }, [[1, 1]])));
      assert.ok(both.every(([probability]) => probability === 0.5));
      await rm(path.join(base, 'golden', '2'), { recursive: true });
      const refusal = await eventually(() => service.predict({ name: 'golden', version: '2' }, [[2, 1]]).then(() => null, (error: unknown) => error as Failure), 20_000, 'the end of version 2');
      assert.equal(refusal.code, 'model-server-unavailable');
      assert.equal((await service.predict({ name: 'golden', version: '1' }, [[1, 1]]))[0], 0.5);
    });

    test('a server that is away is named, and worth another try', async () => {
      const away = tensorflowServing({ address: 'http://127.0.0.1:9', baseFolder: base, localPath: async () => '', requestTimeoutMs: 1000 });
      await assert.rejects(away.predict({ name: 'golden', version: '1' }, [[1, 1]]), { code: 'model-server-unavailable', isFinal: false, message: /127\.0\.0\.1:9/ });
    });

    test('many requests at once are all answered', async () => {
      const answers = await Promise.all(Array.from({ length: 200 }, (_, index) => service.predict({ name: 'golden', version: '1' }, [[index, index]])));
      assert.ok(answers.every(([probability]) => probability === 0.5));
    });
  });
}

/** Numbers to six digits: servers write float32 with more or fewer. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, part: unknown) => (typeof part === 'number' ? Number(part.toPrecision(6)) : part)));
}
