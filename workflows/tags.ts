import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';

/** The search attributes of every sequence; their names and types are the same in `src/parts` and `src/main`. */
const KEYS = {
  property: defineSearchAttributeKey('Property', 'KEYWORD'),
  week: defineSearchAttributeKey('Week', 'KEYWORD'),
  day: defineSearchAttributeKey('Day', 'KEYWORD'),
  stage: defineSearchAttributeKey('Stage', 'KEYWORD'),
  modelVersion: defineSearchAttributeKey('ModelVersion', 'KEYWORD'),
  runKind: defineSearchAttributeKey('RunKind', 'KEYWORD'),
  rows: defineSearchAttributeKey('Rows', 'INT'),
} as const;

export interface Tags {
  readonly property?: string;
  readonly week?: string;
  readonly day?: string;
  readonly stage?: string;
  readonly modelVersion?: string;
  readonly runKind?: string;
  readonly rows?: number;
}

/** The given tags as search attributes. Never anything personal. */
export function tags(values: Tags): SearchAttributePair[] {
  return Object.entries(values).map(([name, value]) => ({ key: KEYS[name as keyof Tags], value }) as SearchAttributePair);
}
