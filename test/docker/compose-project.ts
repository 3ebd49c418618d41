import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { parseEnv } from 'node:util';
import { stringify } from 'yaml';
import { root } from '../../src/main/root.ts';
import { freePorts } from '../../src/parts/free-ports.ts';
import { littleShopProperties, writeLittleShop } from '../faults/little-shop.ts';
import { importStandIns } from './stand-ins.ts';
import type { DockerWorld } from './world.ts';

const NAME = 'almanac-trial';
/** Its clock stands: what is to be built is said. */
export const ROLLUP = 'followers';

/** A folder as who runs docker-compose.yml has it: the file, what it mounts, properties and their days. */
export async function composeProject({ engine, image, compose, busybox, versitygw, folder }: DockerWorld) {
  const project = path.join(folder, 'compose');
  mkdirSync(path.join(project, 'data'), { recursive: true });
  for (const part of ['docker-compose.yml', '.env', 'compose']) cpSync(path.join(root, part), path.join(project, part), { recursive: true });
  writeFileSync(path.join(project, 'almanac.yaml'), stringify({ properties: littleShopProperties('/app/data'), rollups: { [ROLLUP]: { firstDay: '2026-01-01', platforms: ['twitter'], schedules: { paused: true } } } }));
  writeLittleShop(path.join(project, 'data'));
  const settings = parseEnv(readFileSync(path.join(root, '.env'), 'utf8'));
  writeFileSync(path.join(project, 'stand-ins.yaml'), standIns(process.env.ALMANAC_TEST_CASSANDRA ?? ''));
  await importStandIns(engine.docker, { settings, busybox, versitygw, temporal: process.env.ALMANAC_TEST_TEMPORAL_BINARY ?? '' });
  const [endpoint, temporal, rollupServer] = (await freePorts({ count: 3 })) as [number, number, number];
  const environment = { PATH: process.env.PATH, HOME: folder, DOCKER_HOST: `unix://${engine.socketPath}`, ALMANAC_IMAGE: image, MODEL_SERVER_IMAGE: image, ENDPOINT_PORT: String(endpoint), TEMPORAL_PORT: String(temporal), ROLLUP_SERVER_PORT: String(rollupServer) };

  async function composed(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const files = ['docker-compose.yml', 'stand-ins.yaml'].flatMap((name) => ['--file', path.join(project, name)]);
    const child = spawn(compose, ['--project-name', NAME, '--project-directory', project, ...files, ...args], { env: environment, cwd: project, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
    return { code: code as number | null, out, err };
  }

  return {
    name: NAME,
    /** Of the endpoint, on this machine. */
    endpoint: `http://127.0.0.1:${endpoint}`,
    /** Of the rollup server, on this machine. */
    rollupServer: `http://127.0.0.1:${rollupServer}`,
    /** What the command says; fails when it does. */
    async run(...args: string[]): Promise<string> {
      const { code, out, err } = await composed(...args);
      if (code !== 0) assert.fail(`compose ${args.join(' ')}\n${err}${out}${(await composed('logs', '--no-color', '--tail', '10')).out}`);
      return out;
    },
    container: (service: string) => engine.docker.getContainer(`${NAME}-${service}-1`),
  };
}

export type ComposeProject = Awaited<ReturnType<typeof composeProject>>;

/**
 * What docker-compose.yml says otherwise here, and nothing of ours among it: Cassandra is the one of this run, to which a container
 * of its name hands on; Temporal needs no Postgres.
 */
function standIns(cassandra: string): string {
  const [host, port] = cassandra.split(':');
  const relay = `net.createServer((from) => { const to = net.connect(${port}, '${host}'); from.pipe(to).pipe(from); for (const end of [from, to]) end.on('error', () => [from, to].forEach((each) => each.destroy())); }).listen(9042)`;
  const knock = "net.connect(9042).once('connect', () => process.exit(0)).once('error', () => process.exit(1))";
  return `services:
  cassandra:
    image: \${ALMANAC_IMAGE}
    entrypoint: ${JSON.stringify(['node', '--eval', relay])}
    init: true
    volumes: !reset []
    healthcheck: { test: ${JSON.stringify(['CMD', 'node', '--eval', knock])}, interval: 1s }
  temporal:
    depends_on: !reset {}
`;
}
