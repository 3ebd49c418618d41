import type { QualityLine } from '../domain/release/week-status.ts';

/** A model's quality beside its baseline's; empty where nothing was judged. */
export function qualityText({ auc, baseline, baselineAuc }: Pick<QualityLine, 'auc' | 'baseline' | 'baselineAuc'>): string {
  return auc === null ? '' : `AUC ${auc.toFixed(3)} (${baseline} ${baselineAuc?.toFixed(3) ?? '?'})`;
}
