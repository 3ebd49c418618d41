// Preloaded into the programs of a stack (NODE_OPTIONS=--import=…): the worker takes its steps from the module that
// ALMANAC_TEST_STEPS names, which wraps the real ones, and its plugs what they ask of the outside from ALMANAC_TEST_OUTSIDE.
// Everything else is the product as it is.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const { ALMANAC_TEST_STEPS: steps, ALMANAC_TEST_OUTSIDE: outside } = process.env;

/** What is imported from where is taken from another module. */
const taken = [
  { specifier: '../../activities/index.ts', from: /\/src\/main\/worker\.ts$/, module: steps },
  { specifier: './docker/engine.ts', from: /\/src\/runners\/docker\.ts$/, module: outside },
  { specifier: '../kubernetes/cluster.ts', from: /\/src\/main\/(publishers|runners)\.ts$/, module: outside },
];

registerHooks({
  resolve(specifier, context, next) {
    const module = taken.find((each) => each.specifier === specifier && each.from.test(context.parentURL ?? ''))?.module;
    return next(module ? pathToFileURL(module).href : specifier, context);
  },
});
