import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Environment under which a worker runs the steps of a module of this folder; `note` is where that module writes. */
export function injected(module: 'watched-steps' | 'doubled-steps'): Record<string, string> {
  return {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'inject.ts')).href}`,
    ALMANAC_TEST_STEPS: join(import.meta.dirname, `${module}.ts`),
    ...(module === 'watched-steps' ? { ALMANAC_TEST_OUTSIDE: join(import.meta.dirname, 'watched-outside.ts') } : {}),
  };
}
