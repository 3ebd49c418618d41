import { notCompared, type ReconcileOutcome } from './reconcile-day.ts';
import type { GenerationKey } from '../../src/ports/activity-store.ts';
import type { IngestPlugs } from './ingest-plugs.ts';

/** Keeps why a comparison came to no end. One that was made before its step was given up stands, and is the answer. */
export const leaveUncompared = ({ reconciliations }: Pick<IngestPlugs, 'reconciliations'>) =>
  async ({ why, ...key }: GenerationKey & { why: string }): Promise<ReconcileOutcome> => {
    const kept = (await reconciliations.list(key.property, key.day, key.day)).find(({ generation }) => generation === key.generation);
    const left = kept && kept.verdict !== 'not-compared' ? kept : { ...key, ...notCompared(key.day, why) };
    if (left.sentence !== kept?.sentence) await reconciliations.write(left);
    return { verdict: left.verdict, sentence: left.sentence };
  };
