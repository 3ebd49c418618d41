import { spanOf, type Span } from '../../src/domain/rollup/bucket-name.ts';
import type { CopyPlugs } from './bring-copies.ts';

export interface OpenedCopy {
  readonly copy: number;
  /** All that is built lies in it. */
  readonly span: Span;
}

/** A copy by member to be made, one for each request. What is built from now on is copied into it by who builds it; what was built before lies in the span. */
export const openCopy = ({ seriesStore, rollupStore, rollupSettingsOf }: CopyPlugs) =>
  async ({ property, request }: { property: string; request: string }): Promise<OpenedCopy> => {
    const { firstDay, timeZone } = rollupSettingsOf(property);
    const copy = await seriesStore.openCopy(property, request, Date.now());
    const { from } = spanOf(firstDay, timeZone);
    return { copy, span: { from, to: Math.max(from, (await rollupStore.readClosedUntil(property)) ?? from) } };
  };
