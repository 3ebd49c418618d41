import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { buildAlmanacImage, startTestEngine, type TestEngine } from '../containers/engine.ts';

export interface DockerWorld {
  readonly engine: TestEngine;
  /** The image of every role, built from this very project. */
  readonly image: string;
  /** Of this machine, as containers reach it. */
  readonly address: string;
  /** Docker Compose. */
  readonly compose: string;
  /** For what tests write. */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** A Docker engine in this process's network namespace, which `test/docker/run.ts` has made, with the image. */
export async function dockerWorld(): Promise<DockerWorld> {
  const { address, compose } = partsOf(process.env.ALMANAC_TEST_DOCKER);
  const engine = await startTestEngine({ network: 'here' });
  const folder = await mkdtemp(path.join(tmpdir(), 'almanac-docker-'));
  const dispose = async (): Promise<void> => {
    await engine.dispose();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    return { engine, address, compose, folder, dispose, image: await buildAlmanacImage(engine) };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Refuses a network that leads anywhere: containers have no business outside. */
function partsOf(text: string | undefined): { address: string; compose: string } {
  if (text === undefined) throw new Error('ALMANAC_TEST_DOCKER is not set: these tests run as root with npm run test:containers, which makes a network without a way out');
  const outside = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (outside.length > 0) throw new Error(`the network has ${outside.join(', ')}: Docker's tests run in one that has only lo (npm run test:containers)`);
  return JSON.parse(text) as { address: string; compose: string };
}
