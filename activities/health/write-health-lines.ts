import type { HealthLine } from '../../src/domain/health/judge-round.ts';
import type { Plugs } from '../plugs.ts';

/** Lines of health in the audit. Key: incident and what happened in it; the first write of a line holds. */
export const writeHealthLines = ({ releaseStore }: Pick<Plugs, 'releaseStore'>) =>
  async ({ deployment, lines }: { deployment: string; lines: readonly HealthLine[] }): Promise<void> => {
    for (const { id, part, news, sentence } of lines) {
      await releaseStore.writeAudit({ property: deployment, id: `part/${id}`, action: `part-${news}`, subject: part, reason: sentence, actor: 'health' });
    }
  };
