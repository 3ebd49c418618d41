// Preloaded into the programs of a stack (NODE_OPTIONS=--import=…): the worker's export source gets a clock that the test
// moves. Everything else is the product as it is.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, next) {
    const isTakenByPlugs = specifier === '../connectors/ga4/ga4-export-source.ts' && context.parentURL?.endsWith('/src/main/plugs.ts');
    return next(isTakenByPlugs ? new URL('clocked-source.ts', import.meta.url).href : specifier, context);
  },
});
