import { createHash, randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../domain/failure.ts';
import { listModels } from './tensorflow-serving/list-models.ts';
import type { ArtifactRef } from '../ports/artifact-store.ts';
import type { ModelService, ServedModel } from '../ports/model-service.ts';

export interface TensorflowServingOptions {
  /** As `http://127.0.0.1:8501`. */
  readonly address: string;
  /** The folder that the server reads its models from, as this process sees it. */
  readonly baseFolder: string;
  /** A local file with the model's bytes, checked against their hash: the artifact store's `localPath`. */
  readonly localPath: (savedModel: ArtifactRef) => Promise<string>;
  /** How long a new version may take to become AVAILABLE. */
  readonly availableWithinMs?: number;
  readonly requestTimeoutMs?: number;
}

const MAXIMUM_ROWS = 1000;

/** PLUG: a model server that speaks TensorFlow Serving's REST and shares a folder with us. */
export function tensorflowServing(options: TensorflowServingOptions): ModelService {
  const { address, baseFolder, availableWithinMs = 60_000, requestTimeoutMs = 30_000 } = options;
  const folderOf = ({ name, version }: ServedModel) => path.join(baseFolder, name, version);

  async function call(target: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
    const url = new URL(target, address);
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    try {
      const response = await fetch(url, { ...init, signal: init.signal ? AbortSignal.any([init.signal, timeout]) : timeout });
      return { status: response.status, body: await response.json() };
    } catch (cause) {
      init.signal?.throwIfAborted();
      throw new Failure('model-server-unavailable', `no answer from the model server at ${url.href}: ${reasonOf(cause)}`, { cause, isFinal: false });
    }
  }

  async function waitUntilAvailable(model: ServedModel): Promise<void> {
    const deadline = performance.now() + availableWithinMs;
    for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2000)) {
      const seen = await call(pathOf(model)).then(stateOf, (error: Failure) => error.message);
      if (seen === 'AVAILABLE') return;
      if (performance.now() + waitMs > deadline) {
        throw new Failure('model-server-unavailable', `model ${model.name} version ${model.version} is not AVAILABLE after ${availableWithinMs} ms: ${seen}`, { isFinal: false });
      }
      await sleep(waitMs);
    }
  }

  return {
    async deploy(model, savedModel) {
      checkTarget(model);
      await place(await options.localPath(savedModel), folderOf(model), savedModel.sha256);
      await listModels(baseFolder);
      await waitUntilAvailable(model);
    },
    async predict(model, rows, signal) {
      checkTarget(model);
      if (rows.length > MAXIMUM_ROWS) throw new Failure('bad-argument', `${rows.length} rows in one call; at most ${MAXIMUM_ROWS}`);
      if (rows.length === 0) return new Float64Array();
      const { status, body } = await call(`${pathOf(model)}:predict`, { method: 'POST', body: JSON.stringify({ signature_name: 'serving_default', instances: rows }), signal });
      if (status !== 200) throw refusal(model, status, body);
      return probabilitiesOf(model, rows.length, body);
    },
  };
}

/** Puts the file where the server looks, whole or not at all. Key: name and version; other bytes under them are refused. */
async function place(file: string, folder: string, sha256: string): Promise<void> {
  const unfinished = path.join(path.dirname(folder), `.incoming-${randomUUID()}`);
  await mkdir(unfinished, { recursive: true });
  try {
    const copy = path.join(unfinished, 'saved_model.pb');
    await copyFile(file, copy);
    await chmod(copy, 0o644); // a container's user owns nothing
    const handle = await open(copy, 'r');
    await handle.sync().finally(() => handle.close());
    await rename(unfinished, folder).catch(ignore('ENOTEMPTY', 'EEXIST'));
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  const actual = createHash('sha256').update(await readFile(path.join(folder, 'saved_model.pb'))).digest('hex');
  if (actual !== sha256) throw new Failure('model-refused', `${folder} already holds another model (SHA-256 ${actual}, not ${sha256}); a version is never overwritten`);
}

function checkTarget({ name, version }: ServedModel): void {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/.test(name)) throw new Failure('bad-argument', `"${name}" cannot be a served model's name; expected letters, digits, _, . and -`);
  if (!/^[1-9]\d{0,17}$/.test(version)) throw new Failure('bad-argument', `"${version}" cannot be a served model's version; expected a whole number`);
}

function pathOf({ name, version }: ServedModel): string {
  return `/v1/models/${name}/versions/${version}`;
}

function stateOf({ status, body }: { status: number; body: unknown }): string {
  const first = (body as { model_version_status?: { state?: string; status?: { error_message?: string } }[] } | null)?.model_version_status?.[0];
  return first?.state === 'AVAILABLE' ? 'AVAILABLE' : `HTTP ${status}, ${first ? `${first.state} ${first.status?.error_message ?? ''}` : errorOf(body)}`;
}

/** 400 is our fault and stays so; a model that is not there yet or a busy server is worth another try. */
function refusal(model: ServedModel, status: number, body: unknown): Failure {
  const sentence = `model ${model.name} version ${model.version} answered HTTP ${status}: ${errorOf(body)}`;
  return status === 400 || status === 413 ? new Failure('bad-argument', sentence) : new Failure('model-server-unavailable', sentence, { isFinal: false });
}

function probabilitiesOf(model: ServedModel, count: number, body: unknown): Float64Array {
  const predictions = (body as { predictions?: (number | number[])[] } | null)?.predictions;
  const values = Float64Array.from(predictions ?? [], (prediction) => (Array.isArray(prediction) ? (prediction[0] ?? Number.NaN) : prediction));
  if (values.length === count && values.every((value) => value >= 0 && value <= 1)) return values;
  throw new Failure('model-refused', `model ${model.name} version ${model.version} answered ${values.length} values to ${count} rows, or some that are no probabilities`);
}

function errorOf(body: unknown): string {
  return String((body as { error?: unknown } | null)?.error ?? 'no error text');
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error & { cause?: Error };
  return cause?.message ? `${message} (${cause.message})` : message;
}

function ignore(...codes: string[]): (error: NodeJS.ErrnoException) => void {
  return (error) => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}
