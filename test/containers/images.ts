import { createWriteStream, existsSync, renameSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { toldBy } from '../../src/parts/build-image.ts';
import { ALMANAC_IMAGE, buildAlmanacImage, buildProgramImage, PROGRAM_IMAGE, startTestEngine, type TestEngine } from './engine.ts';

/** The image of every role, and the runners' small one. */
export const IMAGES = [ALMANAC_IMAGE, `${PROGRAM_IMAGE}:latest`] as const;

/** The file with all images of this run, as `docker save` writes it; built in an engine of its own where nobody has built them yet. */
export async function savedImages(): Promise<string> {
  const file = fileOfRun();
  if (!existsSync(file)) {
    const engine = await startTestEngine();
    await buildAndSave(engine, file).finally(() => engine.dispose());
  }
  return file;
}

/** Gives an engine the images of this run. Building takes minutes: whoever is first keeps them for the trials to come. */
export async function imagesIn(engine: TestEngine): Promise<void> {
  const file = fileOfRun();
  if (existsSync(file)) await toldBy(engine.docker, await engine.docker.loadImage(file));
  else await buildAndSave(engine, file);
}

function fileOfRun(): string {
  const folder = process.env.ALMANAC_TEST_IMAGES;
  if (!folder) throw new Error('ALMANAC_TEST_IMAGES is not set: run this test with npm test -- <file>');
  return path.join(folder, 'images.tar');
}

async function buildAndSave(engine: TestEngine, file: string): Promise<void> {
  await buildAlmanacImage(engine);
  await buildProgramImage(engine);
  await pipeline(await saved(engine), createWriteStream(`${file}.new`));
  renameSync(`${file}.new`, file);
}

/** Several images share their layers in one answer; the client has no call for that. */
function saved({ socketPath }: TestEngine): Promise<IncomingMessage> {
  const query = IMAGES.map((name) => `names=${encodeURIComponent(name)}`).join('&');
  return new Promise((resolve, reject) => {
    request({ socketPath, path: `/images/get?${query}` }, (answer) => {
      if (answer.statusCode === 200) resolve(answer);
      else reject(new Error(`Docker answered ${answer.statusCode} to a request for images`));
    }).on('error', reject).end();
  });
}
