import { releaseName, type RevisionKey } from '../domain/release/release.ts';

/** How a release is asked for before it is live. */
export function stagedHeaders(key: RevisionKey): Record<string, string> {
  return { 'almanac-release': releaseName(key) };
}
