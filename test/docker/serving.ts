import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { listModels } from '../../src/connectors/tensorflow-serving/list-models.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { keepContainer } from '../../src/runners/docker/keep-container.ts';
import { servingBody } from '../../src/runners/docker/serving-body.ts';
import { tensorflowServingContract } from '../contracts/tensorflow-serving.contract.ts';
import type { DockerWorld } from './world.ts';

/** The model server in a container, asked what any server that speaks TensorFlow Serving's REST is asked. */
export function servingTrial({ engine, image }: DockerWorld): void {
  tensorflowServingContract(`a container of ${image}`, async (folder) => {
    const baseFolder = path.join(folder, 'models');
    await listModels(baseFolder);
    const [port] = (await freePorts({ count: 1 })) as [number];
    const stopping = new AbortController();
    const ended = keepContainer({ socketPath: engine.socketPath, name: 'serving', body: servingBody({ image, modelsFolder: baseFolder, port, memoryMb: 1024 }), log: new PassThrough().resume(), signal: stopping.signal });
    ended.catch(() => undefined); // looked at when it is stopped
    const address = `http://127.0.0.1:${port}`;
    while ((await Promise.race([fetch(`${address}/v1/models/none`).then(({ status }) => status, () => 0), ended])) !== 404) await sleep(100);
    const { Config, HostConfig, Mounts, State } = await engine.docker.getContainer('serving').inspect();
    assert.deepEqual([Config.User, HostConfig.ReadonlyRootfs, HostConfig.CapDrop, HostConfig.SecurityOpt, State.Running], ['65534:65534', true, ['ALL'], ['no-new-privileges'], true]);
    // Bounded, with the models to read alone, and nobody outside this machine asks it.
    assert.deepEqual([HostConfig.Memory, HostConfig.MemorySwap, HostConfig.PidsLimit], [1 << 30, 1 << 30, 512]);
    assert.deepEqual([Mounts.map(({ Destination, RW }) => [Destination, RW]), HostConfig.PortBindings], [[['/models', false]], { '8501/tcp': [{ HostIp: '127.0.0.1', HostPort: String(port) }] }]);
    return {
      address, baseFolder,
      async dispose() {
        stopping.abort();
        assert.equal(await ended, null);
        assert.deepEqual(await engine.containers(), [], 'a container was left');
      },
    };
  });
}
