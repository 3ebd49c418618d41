import { ServingError } from './serving-error.ts';

/** The one input of a model, as requests name it. */
export interface ModelInput {
  readonly inputName: string;
  readonly width: number;
}

export interface PredictRequest {
  /** `row`: `instances` were given and `predictions` are the answer; `column`: `inputs` and `outputs`. */
  readonly format: 'row' | 'column';
  readonly rows: Float32Array;
  readonly count: number;
}

/**
 * A `:predict` body as a matrix. A row may be a list or `{"<input>": list}`; `inputs` a list of rows or
 * `{"<input>": rows}` (https://www.tensorflow.org/tfx/serving/api_rest).
 */
export function parsePredictRequest(body: unknown, { inputName, width }: ModelInput): PredictRequest {
  if (!isObject(body)) throw new ServingError(400, 'JSON Value: expected an object');
  const { signature_name: signature = 'serving_default', instances, inputs } = body;
  if (signature !== 'serving_default') throw new ServingError(400, `Serving signature name: "${String(signature)}" not found in signature def`);
  if (instances !== undefined && inputs !== undefined) throw new ServingError(400, 'Request has both "instances" and "inputs"; expected one of them');
  if (instances === undefined && inputs === undefined) throw new ServingError(400, 'Missing "inputs" or "instances" key');
  if (inputs !== undefined) return { format: 'column', ...matrixOf(named(inputs, inputName), 'inputs', width) };
  if (!Array.isArray(instances)) throw new ServingError(400, 'Excepting "instances" to be an list/array');
  if (instances.length === 0) throw new ServingError(400, 'no values for "instances": expected one at least');
  return { format: 'row', ...matrixOf(instances.map((instance) => named(instance, inputName)), 'instances', width) };
}

/** The value under the input's name where the request names it, else the value itself. */
function named(value: unknown, inputName: string): unknown {
  if (!isObject(value)) return value;
  const [name, ...others] = Object.keys(value);
  if (name === inputName && others.length === 0) return value[inputName];
  throw new ServingError(400, `Failed to process element: ${Object.keys(value).join(', ') || 'no key'}; expected "${inputName}"`);
}

function matrixOf(values: unknown, key: string, width: number): { rows: Float32Array; count: number } {
  if (!Array.isArray(values)) throw new ServingError(400, `"${key}": expected a list of rows`);
  const rows = new Float32Array(values.length * width);
  values.forEach((row: unknown, index) => {
    if (!Array.isArray(row) || row.length !== width) {
      throw new ServingError(400, `"${key}"[${index}] has ${Array.isArray(row) ? `${row.length} values` : 'no list'}; the model expects ${width}`);
    }
    row.forEach((value: unknown, column) => {
      if (typeof value !== 'number') throw new ServingError(400, `"${key}"[${index}][${column}] is ${JSON.stringify(value)}; expected a number`);
      rows[index * width + column] = value;
    });
  });
  return { rows, count: values.length };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
