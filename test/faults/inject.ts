// Preloaded into the programs of a stack (NODE_OPTIONS=--import=…): the worker takes its steps from the module that
// ALMANAC_TEST_STEPS names, which wraps the real ones. Everything else is the product as it is.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const steps = process.env.ALMANAC_TEST_STEPS;

registerHooks({
  resolve(specifier, context, next) {
    const isTakenByWorker = specifier === '../../activities/index.ts' && context.parentURL?.endsWith('/src/main/worker.ts');
    return next(isTakenByWorker && steps ? pathToFileURL(steps).href : specifier, context);
  },
});
