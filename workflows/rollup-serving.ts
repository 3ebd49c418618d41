import { ApplicationFailure, CancellationScope, setWorkflowOptions, sleep, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { VerifiedPart } from '../activities/rollup/verify-copy.ts';
import { LEVELS, type Span } from '../src/domain/rollup/bucket-name.ts';
import { seriesTableId } from '../src/domain/release/ids.ts';
import { copySpan } from './rollup-levels.ts';
import { bulk, quick } from './steps.ts';
import { tableWork } from './table-work.ts';
import { tags } from './tags.ts';

export interface RollupServingInput {
  readonly property: string;
  /** In which readers that still hold the copy of before finish. */
  readonly graceSeconds: number;
}

export interface RollupServingFigures {
  readonly copy: number;
  readonly buckets: number;
  readonly rows: number;
  /** Copies whose tables are gone. */
  readonly dropped: readonly number[];
}

setWorkflowOptions({ versioningBehavior: 'AUTO_UPGRADE' }, rollupServing);
/**
 * Series by member anew, `rollup/<property>/serving`: a table beside the one that is read, filled from the buckets, compared with
 * them value by value, then read in its place. A copy that differs is dropped, and the one of before stays.
 */
export async function rollupServing({ property, graceSeconds }: RollupServingInput): Promise<RollupServingFigures> {
  upsertSearchAttributes(tags({ property, runKind: 'rollup-serving' }));
  const { copy, span } = await quick('its number').openCopy({ property, request: workflowInfo().runId });
  const verified = await made(property, copy, span).catch(async (error: unknown) => {
    await CancellationScope.nonCancellable(() => drop(property, copy));
    throw error;
  });
  const { unused } = await quick('readers turn to it').turnToCopy({ property, copy, verified });
  if (unused.length > 0) await sleep(graceSeconds * 1000);
  for (const old of unused) await drop(property, old);
  upsertSearchAttributes(tags({ rows: verified.rows }));
  return { copy, ...verified, dropped: unused };
}

/** The copy with all that is built, as it was found to be. */
async function made(property: string, copy: number, span: Span): Promise<Pick<VerifiedPart, 'buckets' | 'rows'>> {
  await tableWork('seriesTable', seriesTableId(property, copy), { property, copy, action: 'ensure' });
  for (const level of LEVELS) await copySpan(property, level, span, copy);
  let [buckets, rows, done] = [0, 0, 0];
  for (let isLast = false; !isLast;) {
    const part = await bulk('is it what the buckets are?').verifyCopy({ property, copy, span, done });
    const [mismatch] = part.mismatches;
    if (mismatch) throw ApplicationFailure.nonRetryable(`${mismatch.sentence}${part.mismatches.length > 1 ? `, and ${part.mismatches.length - 1} more` : ''}: the copy was dropped, and readers stay where they are. Where the bucket itself is wrong: npx almanac rollup recompute ${property} ${mismatch.level} ${mismatch.bucket}`, 'rollup-mismatch');
    [buckets, rows, { done, isLast }] = [buckets + part.buckets, rows + part.rows, part];
  }
  return { buckets, rows };
}

function drop(property: string, copy: number): Promise<void> {
  return tableWork('seriesTable', seriesTableId(property, copy), { property, copy, action: 'drop' });
}
