import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { askedRange } from '../../src/domain/rollup/asked-range.ts';
import { spanOf, type BucketName } from '../../src/domain/rollup/bucket-name.ts';
import type { RollupPlugs } from './rollup-plugs.ts';

export interface AsideRange {
  readonly property: string;
  /** Names of hours or days, both included: hours that begin in them. */
  readonly from: BucketName;
  readonly to: BucketName;
}

/** How many readings of a range are aside. */
export const countAside = (plugs: RollupPlugs) =>
  async (range: AsideRange): Promise<number> => (await asideHours(plugs, range)).reduce((sum, { readings }) => sum + readings, 0);

/** Hours of a range of which readings are aside, and how many. */
export async function asideHours({ rollupStore, rollupSettingsOf }: RollupPlugs, { property, from, to }: AsideRange): Promise<{ readonly hour: BucketName; readonly readings: number }[]> {
  const { timeZone } = rollupSettingsOf(property);
  const span = askedRange('hour', from, to, timeZone);
  const hours = await rollupStore.countAside(property, { signal: cancellationSignal(), onProgress: () => heartbeat() });
  return hours.filter(({ hour }) => spanOf(hour, 'UTC').from >= span.from && spanOf(hour, 'UTC').from < span.to);
}
