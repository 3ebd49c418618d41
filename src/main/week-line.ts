import { qualityText } from './quality-text.ts';
import type { WeekStatus } from '../domain/release/week-status.ts';

/** A decided week in one line for people: kinds, quality beside the baseline, the decision, rows, address. */
export function weekLine({ week, phase, sentence, last, live }: WeekStatus): string {
  if (!last || !live) return `  ${week}  ${phase}: ${sentence}`;
  const kinds = last.kinds.map((people, index) => `${index + 1}: ${people.toLocaleString('en-US')}`).join('  ');
  const { recipe } = last.quality;
  const quality = qualityText(last.quality) || recipe;
  const decision = last.outcome === 'accepted' ? `${recipe} accepted` : `${last.outcome.replaceAll('-', ' ')}, ${recipe} serves`;
  const lines = [`  ${week}  ${kinds}   ${quality}   ${decision}   ${last.scored.toLocaleString('en-US')} scored${live.isProvisional ? ', provisional' : ''}   ${live.address}`];
  if (last.outcome !== 'accepted') lines.push(`            ${sentence}`);
  return lines.join('\n');
}
