import type { SearchAttributeType } from '../parts/temporal-server.ts';

/** What runs can be found by in the Web UI; `workflows/tags.ts` sets them. */
export const searchAttributes = {
  Property: 'Keyword', Week: 'Keyword', Day: 'Keyword', Stage: 'Keyword', ModelVersion: 'Keyword', RunKind: 'Keyword', Rows: 'Int',
} as const satisfies Readonly<Record<string, SearchAttributeType>>;
