import { quotaText, type GoogleQuota } from '../domain/activity/ga4/google-quota.ts';
import { waitOf } from '../domain/activity/ga4/request-budget.ts';
import { propertyOf, type Config, type SourceConfig } from '../config.ts';
import { reportsBudget } from '../connectors/ga4/data-api.ts';
import type { RequestBudget } from '../ports/request-budget.ts';

/** Why Google is not asked for a property's reports now, and from when on it is. */
export interface RequestWait {
  readonly because: GoogleQuota;
  readonly untilMs: number;
  readonly sentence: string;
}

/** What the workers' requests for this property wait for; null where nothing waits, or nobody asks for reports. */
export async function requestWait(config: Config, property: string, budget: RequestBudget, nowMs: number): Promise<RequestWait | null> {
  const propertyId = reportedProperty(propertyOf(config, property).source);
  const state = propertyId === null ? null : await budget.read(reportsBudget(propertyId));
  const wait = state && waitOf(state, nowMs);
  if (!wait) return null;
  return { ...wait, sentence: `Google's reports of properties/${propertyId} are not asked for until ${new Date(wait.untilMs).toISOString()}: ${quotaText(wait.because)}` };
}

/** Whether reports of Google are a source's rows, or its second opinion. */
export function reportedProperty(source: SourceConfig): string | null {
  switch (source.kind) {
    case 'files':
      return null;
    case 'ga4-data-api':
      return source.propertyId;
    case 'ga4-export':
      return source.dataApi?.propertyId ?? null;
  }
}
