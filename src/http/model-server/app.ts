import fastify, { type FastifyInstance } from 'fastify';
import { parsePredictRequest } from './predict-request.ts';
import { ServingError } from './serving-error.ts';
import type { ModelFolder, ServableModel } from './model-folder.ts';

/** 1,000 rows of 100 features as JSON stay well below. */
const BODY_LIMIT = 16 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

/** TensorFlow Serving's REST interface over the models of a folder (https://www.tensorflow.org/tfx/serving/api_rest). */
export function modelServerApp({ models }: { models: ModelFolder }): FastifyInstance {
  const app = fastify({ bodyLimit: BODY_LIMIT, requestTimeout: REQUEST_TIMEOUT_MS, connectionTimeout: REQUEST_TIMEOUT_MS, return503OnClosing: true, routerOptions: { maxParamLength: 200 } });
  // TensorFlow Serving reads JSON whatever the content type says.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(String(body)));
    } catch (error) {
      done(new ServingError(400, `JSON Parse error: ${(error as Error).message}`));
    }
  });

  for (const prefix of ['/v1/models/:model', '/v1/models/:model/versions/:version']) {
    app.get<{ Params: Target }>(prefix, async ({ params }) => ({ model_version_status: await models.statusOf(params.model, params.version) }));
    app.get<{ Params: Target }>(`${prefix}/metadata`, async ({ params }) => {
      const { model, version } = await models.use(params.model, params.version);
      return metadataOf(params.model, version, model);
    });
  }
  // A parameter would swallow the colon, so the verb is part of the pattern.
  for (const prefix of ['/v1/models/:model([^/:]+)', '/v1/models/:model/versions/:version([^/:]+)']) {
    app.post<{ Params: Target }>(`${prefix}::predict`, async ({ params, body }) => {
      const { model } = await models.use(params.model, params.version);
      const { format, rows, count } = parsePredictRequest(body, model);
      const values = Array.from(count === 0 ? [] : model.predict(rows, count), (value) => [value]);
      return format === 'row' ? { predictions: values } : { outputs: values };
    });
  }

  app.setNotFoundHandler(({ method, url }, reply) => reply.code(400).send({ error: `Malformed request: ${method} ${url}` }));
  app.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const status = error instanceof ServingError ? error.status : (error.statusCode ?? 500);
    return reply.code(status).send({ error: error.message });
  });
  app.addHook('onClose', () => models.dispose());
  return app;
}

interface Target {
  readonly model: string;
  readonly version?: string;
}

function metadataOf(name: string, version: string, { inputName, outputName, width }: ServableModel) {
  const tensor = (key: string, columns: number) => ({
    dtype: 'DT_FLOAT',
    tensor_shape: { dim: [{ size: '-1', name: '' }, { size: String(columns), name: '' }], unknown_rank: false },
    name: `${key}:0`,
  });
  const signature = {
    inputs: { [inputName]: tensor(inputName, width) },
    outputs: { [outputName]: tensor(outputName, 1) },
    method_name: 'tensorflow/serving/predict',
  };
  return { model_spec: { name, signature_name: '', version }, metadata: { signature_def: { signature_def: { serving_default: signature } } } };
}
