import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { startTestEngine, type TestEngine } from '../containers/engine.ts';
import { IMAGES, imagesIn } from '../containers/images.ts';
import { startNameserver } from './nameserver.ts';

/** What `run.ts` has obtained. */
export interface DockerParts {
  /** Of this machine, as containers reach it. */
  readonly address: string;
  /** Docker Compose. */
  readonly compose: string;
  /** Programs of images that stand for those of a registry. */
  readonly busybox: string;
  readonly versitygw: string;
}

export interface DockerWorld extends DockerParts {
  readonly engine: TestEngine;
  /** The image of every role, built from this very project. */
  readonly image: string;
  /** For what tests write. */
  readonly folder: string;
  dispose(): Promise<void>;
}

/** A Docker engine in this process's network namespace, which `test/docker/run.ts` has made, with the image. */
export async function dockerWorld(): Promise<DockerWorld> {
  const parts = partsOf(process.env.ALMANAC_TEST_DOCKER);
  const nameserver = await startNameserver(parts.address);
  const engine = await startTestEngine({ network: 'here', nameserver: parts.address });
  const folder = await mkdtemp(path.join(tmpdir(), 'almanac-docker-'));
  const dispose = async (): Promise<void> => {
    await engine.dispose();
    await nameserver.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await imagesIn(engine);
    return { ...parts, engine, folder, dispose, image: IMAGES[0] };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Refuses a network that leads anywhere: containers have no business outside. */
function partsOf(text: string | undefined): DockerParts {
  if (text === undefined) throw new Error('ALMANAC_TEST_DOCKER is not set: these tests run as root with npm run test:containers, which makes a network without a way out');
  const outside = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (outside.length > 0) throw new Error(`the network has ${outside.join(', ')}: Docker's tests run in one that has only lo (npm run test:containers)`);
  return JSON.parse(text) as DockerParts;
}
