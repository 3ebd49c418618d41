// Keeps the model server in a container, where `modelServer.container` says so: `node model-server-container.ts`. SIGTERM ends and
// removes it; killed, it leaves it to the next one. The container's log is on stdout.
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { listModels } from '../connectors/tensorflow-serving/list-models.ts';
import { Failure } from '../domain/failure.ts';
import { keepContainer } from '../runners/docker/keep-container.ts';
import { servingBody } from '../runners/docker/serving-body.ts';

const { home, modelServer: { container, port } } = readConfig(process.env);
if (container === undefined) throw new Failure('bad-configuration', 'modelServer.container is missing: expected the image that serves models');
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());

const models = join(home, 'models');
await listModels(models); // tensorflow_model_server does not start without it
const name = `almanac-${createHash('sha256').update(home).digest('hex').slice(0, 12)}-model-server`;
try {
  const code = await keepContainer({
    socketPath: container.socket, name, log: process.stdout, signal: stopping.signal,
    body: servingBody({ image: container.image, modelsFolder: realpathSync(models), port, memoryMb: container.memoryMb }),
  });
  process.exit(code ?? 0);
} catch (error) {
  process.stderr.write(`ERROR ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
