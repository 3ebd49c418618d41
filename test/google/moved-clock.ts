import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Environment under which a worker reads the export as if it were the time, in milliseconds since 1970, that `file` holds. */
export function movedClock(file: string): Record<string, string> {
  return { NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'inject-clock.ts')).href}`, ALMANAC_TEST_CLOCK: file };
}
