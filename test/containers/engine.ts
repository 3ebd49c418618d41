import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Docker from 'dockerode';
import { root } from '../../src/main/root.ts';
import { buildImage, toldBy } from '../../src/parts/build-image.ts';
import { cacheFolder } from '../../src/parts/cache.ts';
import { dockerEngineProcess, dockerSocket, removeCgroups } from '../../src/parts/docker-engine.ts';
import { launch, waitUntilReady, type Launched } from '../../src/parts/launch.ts';
import { obtainParts } from '../../src/parts/obtain-all.ts';
import { obtainDocker } from '../../src/parts/obtain-docker.ts';
import { createReportPrinter } from '../../src/parts/report-printer.ts';
import { BASE_IMAGE, importBaseImage } from './base-image.ts';

export interface TestEngine {
  readonly socketPath: string;
  readonly docker: Docker;
  readonly folder: string;
  pid(): number;
  /** kill -9 of the daemon alone; what it runs goes on. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Names of all containers there are, running or not. */
  containers(): Promise<string[]>;
  dispose(): Promise<void>;
}

/** A real Docker engine with nothing in it. */
export async function startTestEngine({ network = 'own', nameserver }: { network?: 'own' | 'here'; nameserver?: string } = {}): Promise<TestEngine> {
  const dockerd = await obtainDocker({ cache: cacheFolder(), report: createReportPrinter(process.stderr) });
  const folder = mkdtempSync(path.join(tmpdir(), 'docker-'));
  const socketPath = dockerSocket(folder);
  const spec = dockerEngineProcess({ folder, dockerd, network, ...(nameserver === undefined ? {} : { nameserver }) });
  const logFile = path.join(folder, 'dockerd.log');
  let launched: Launched;
  async function start(): Promise<void> {
    launched = await launch({ spec, logFile });
    await waitUntilReady({ spec, launched, logFile });
  }
  await start().catch((error) => {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  });
  const docker = new Docker({ socketPath });
  return {
    socketPath, docker, folder, start,
    pid: () => launched.pid,
    async kill() {
      process.kill(launched.pid, 'SIGKILL');
      await launched.exited;
    },
    containers: async () => (await docker.listContainers({ all: true })).flatMap(({ Names }) => Names),
    async dispose() {
      // What a dead daemon left running, only a daemon ends.
      const left = await docker.listContainers({ all: true }).catch(async () => {
        await start();
        return docker.listContainers({ all: true });
      });
      await Promise.allSettled(left.map(({ Id }) => docker.getContainer(Id).remove({ force: true }))); // some are being removed
      await launched.stop();
      removeCgroups(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const PROGRAM_IMAGE = 'almanac-test-program';

/** A small image whose trainer is the program of the runners' contract suite. */
export async function buildProgramImage({ docker }: TestEngine): Promise<void> {
  await importBaseImage(docker, []);
  const context = mkdtempSync(path.join(tmpdir(), 'almanac-context-'));
  try {
    mkdirSync(path.join(context, 'test'));
    cpSync(path.join(import.meta.dirname, '../contracts/job-runner/program.ts'), path.join(context, 'test/program.ts'));
    writeFileSync(path.join(context, 'test/role.mjs'), "process.argv.splice(2, 1); await import('./program.ts');\n");
    writeFileSync(path.join(context, 'Dockerfile'), `FROM ${BASE_IMAGE}\nCOPY test /test\nENTRYPOINT ["node", "--disable-warning=ExperimentalWarning", "/test/role.mjs"]\n`);
    const tar = spawn('tar', ['-C', context, '-c', '.'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await toldBy(docker, await docker.buildImage(tar.stdout, { t: PROGRAM_IMAGE, networkmode: 'none' }));
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

export const ALMANAC_IMAGE = 'almanac:test';

/** The image of every role, of this very project. */
export async function buildAlmanacImage({ docker }: TestEngine): Promise<void> {
  const { libtensorflow } = await obtainParts({ report: () => undefined, without: ['temporal', 'cassandra'] });
  const natives = [path.join(libtensorflow, 'tensorflow/libtensorflow_cc.so.2'), ...globSync(path.join(root, 'node_modules/@temporalio/core-bridge/releases/x86_64-unknown-linux-gnu/*.node'))];
  await importBaseImage(docker, natives);
  await buildImage({ docker, root, libtensorflow, tag: ALMANAC_IMAGE, version: 'test' });
}
