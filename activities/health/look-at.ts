import type { Outcome } from '../../src/domain/health/part.ts';
import type { PartProbe } from '../../src/ports/part-probe.ts';
import type { KeptPart } from '../../src/ports/restarter.ts';

const LONGEST_SENTENCE = 300;

/** All these parts at once, each within its time: not answering is an outcome, never a failure of the step. */
export function lookAt(probes: readonly PartProbe[], kept: readonly KeptPart[], timeoutMs: number): Promise<Outcome[]> {
  return Promise.all(probes.map(async (probe) => {
    const keeper = kept.find(({ part }) => part === probe.part);
    const { isUp, sentence } = await answerOf(probe, timeoutMs);
    return { part: probe.part, isUp, sentence, needs: probe.needs, canRestart: keeper !== undefined, restarts: keeper?.restarts ?? null };
  }));
}

async function answerOf(probe: PartProbe, timeoutMs: number): Promise<{ isUp: boolean; sentence: string }> {
  const patience = new AbortController();
  const { promise: isOver, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new Error(`no answer within ${timeoutMs / 1000} s`));
    patience.abort();
  }, timeoutMs);
  try {
    return { isUp: true, sentence: oneLine(await Promise.race([probe.look(patience.signal), isOver])) };
  } catch (error) {
    return { isUp: false, sentence: oneLine(error instanceof Error ? error.message : String(error)) };
  } finally {
    clearTimeout(timer);
  }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, LONGEST_SENTENCE);
}
