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

/** How many readings of a range are aside. Fails with `bad-argument` where the range is of minutes: what is aside is kept by the hour. */
export const countAside = (plugs: RollupPlugs) =>
  async (range: AsideRange): Promise<number> => {
    let readings = 0;
    for (const hour of await asideHours(plugs, range)) readings += await plugs.rollupStore.countAside(range.property, hour, { signal: cancellationSignal(), onProgress: () => heartbeat() });
    return readings;
  };

/** Hours of a range of which readings are aside. */
export async function asideHours({ rollupStore, rollupSettingsOf }: RollupPlugs, { property, from, to }: AsideRange): Promise<BucketName[]> {
  const span = askedRange('hour', from, to, rollupSettingsOf(property).timeZone);
  return (await rollupStore.listAsideHours(property)).filter((hour) => spanOf(hour, 'UTC').from >= span.from && spanOf(hour, 'UTC').from < span.to);
}
