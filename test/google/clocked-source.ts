import { readFileSync } from 'node:fs';
import { createGa4ExportSource as create, type Ga4ExportOptions } from '../../src/connectors/ga4/ga4-export-source.ts';
import type { ActivitySource } from '../../src/ports/activity-source.ts';

const file = process.env.ALMANAC_TEST_CLOCK ?? '';

/** The plug as it is, under the clock in the test's file. */
export function createGa4ExportSource(options: Ga4ExportOptions): ActivitySource {
  return create({ ...options, now: () => Number(readFileSync(file, 'utf8')) });
}
