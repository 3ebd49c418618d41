import type { RevisionKey } from '../../src/domain/release/release.ts';
import type { Stage } from '../../src/domain/release/stages.ts';
import type { ReleaseStore, StageManifest } from '../../src/ports/release-store.ts';

/**
 * The result of an earlier build of this stage from the same input, or null. A forced stage ignores what other
 * revisions left, but not what this very revision finished before it was interrupted. Its figures say whose it is.
 */
export async function finishedBefore<Result extends { readonly figures: string }>(releaseStore: ReleaseStore, key: RevisionKey, stage: Stage, inputHash: string, isForced: boolean): Promise<Result | null> {
  const manifests = await releaseStore.readStages(key.property, key.week);
  const found = manifests.find((manifest: StageManifest) =>
    manifest.stage === stage && manifest.inputHash === inputHash && (!isForced || manifest.revision === key.revision));
  if (!found) return null;
  const result = JSON.parse(found.result) as Result;
  return found.revision === key.revision ? result : { ...result, figures: `${result.figures}; as revision ${found.revision} left it` };
}
