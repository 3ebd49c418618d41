import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** In the folder of models; what tensorflow_model_server takes as --model_config_file. */
export const modelList = 'models.config';
/** Where containers have the folder of models. */
const SERVED_FROM = '/models';

/**
 * Writes which models there are, all versions of each, as tensorflow_model_server reads it (protobuf text of ModelServerConfig);
 * ours looks at the folders themselves. Whoever writes looks again afterwards, so the last of several has seen the models of all.
 */
export async function listModels(baseFolder: string): Promise<void> {
  await mkdir(baseFolder, { recursive: true });
  const file = path.join(baseFolder, modelList);
  for (;;) {
    const wanted = textOf(await modelsIn(baseFolder));
    if ((await readFile(file, 'utf8').catch(() => undefined)) === wanted) return;
    const unfinished = path.join(baseFolder, `.${modelList}-${randomUUID()}`);
    await writeFile(unfinished, wanted);
    await chmod(unfinished, 0o644); // a container's user owns nothing
    await rename(unfinished, file);
  }
}

async function modelsIn(baseFolder: string): Promise<string[]> {
  const folders = (await readdir(baseFolder, { withFileTypes: true })).filter((entry) => entry.isDirectory()).map(({ name }) => name).sort();
  const versions = await Promise.all(folders.map((name) => readdir(path.join(baseFolder, name))));
  return folders.filter((_, index) => versions[index]?.some((version) => /^[1-9]\d*$/.test(version)));
}

function textOf(models: readonly string[]): string {
  const entries = models.map((name) => `  config {\n    name: "${name}"\n    base_path: "${SERVED_FROM}/${name}"\n    model_platform: "tensorflow"\n    model_version_policy { all {} }\n  }\n`);
  return `model_config_list {\n${entries.join('')}}\n`;
}
