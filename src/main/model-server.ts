// The model server: `node model-server.ts --port 8501 --base <folder of models> [--host 127.0.0.1] [--loaded 16]`, or
// ALMANAC_MODEL_SERVER_PORT, _BASE, _HOST, _LOADED. Port 0 takes a free one. One line on stdout says where it listens.
// The arguments of tensorflow_model_server with which a container of either is started are understood, too: all models beside
// --model_config_file are served, and looked for at each request.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { modelServerApp } from '../http/model-server/app.ts';
import { modelFolder } from '../http/model-server/model-folder.ts';
import { loadSavedModel } from '../models/load-saved-model.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, base: { type: 'string' }, host: { type: 'string' }, loaded: { type: 'string' }, model_config_file: { type: 'string' }, model_config_file_poll_wait_seconds: { type: 'string' } } });
const setting = (name: 'port' | 'base' | 'host' | 'loaded', fallback: string) => values[name] ?? process.env[`ALMANAC_MODEL_SERVER_${name.toUpperCase()}`] ?? fallback;

const base = path.resolve(values.model_config_file === undefined ? setting('base', 'models') : path.dirname(values.model_config_file));
mkdirSync(base, { recursive: true });
const app = modelServerApp({ models: modelFolder({ base, maximumLoaded: Number(setting('loaded', '16')), load: loadSavedModel }) });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close().then(() => process.exit(0)));

const address = await app.listen({ port: Number(setting('port', '8501')), host: setting('host', '127.0.0.1') });
console.log(`model server ready at ${address}, models in ${base}`);
