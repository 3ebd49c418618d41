// The model server: `node model-server.ts --port 8501 --base <folder of models> [--host 127.0.0.1] [--loaded 16]`, or
// ALMANAC_MODEL_SERVER_PORT, _BASE, _HOST, _LOADED. Port 0 takes a free one. One line on stdout says where it listens.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { modelServerApp } from '../http/model-server/app.ts';
import { modelFolder } from '../http/model-server/model-folder.ts';
import { loadSavedModel } from '../models/load-saved-model.ts';

const { values } = parseArgs({ options: { port: { type: 'string' }, base: { type: 'string' }, host: { type: 'string' }, loaded: { type: 'string' } } });
const setting = (name: keyof typeof values, fallback: string) => values[name] ?? process.env[`ALMANAC_MODEL_SERVER_${name.toUpperCase()}`] ?? fallback;

const base = path.resolve(setting('base', 'models'));
mkdirSync(base, { recursive: true });
const app = modelServerApp({ models: modelFolder({ base, maximumLoaded: Number(setting('loaded', '16')), load: loadSavedModel }) });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void app.close().then(() => process.exit(0)));

const address = await app.listen({ port: Number(setting('port', '8501')), host: setting('host', '127.0.0.1') });
console.log(`model server ready at ${address}, models in ${base}`);
