import type { Day } from '../calendar/day.ts';
import type { CheckVerdict } from '../check.ts';
import type { WeekProfile } from '../model/week-checks.ts';
import type { Override, StoredArtifact } from './release.ts';

/** What each stage hands to the next: keys, counts and hashes, never rows. */

/** The days a week reads, pinned: day → generation as an artifact. */
export interface PinnedDays {
  readonly dayMap: StoredArtifact;
  readonly days: number;
  readonly events: number;
  readonly quarantined: number;
  readonly shardCount: number;
  readonly approval: 'auto' | 'manual';
  /** Days that their source may still change, oldest first; bounded. Absent where there is none. */
  readonly provisional?: readonly Day[];
  /** Waived days among those that are read or missing, the latest first; bounded. Absent where there is none. */
  readonly waived?: readonly Override[];
  readonly figures: string;
}

/** Counts of one range of shards. */
export interface ShardCounts {
  readonly kinds: readonly [number, number, number, number];
  /** Reason code → people. */
  readonly reasons: Readonly<Record<string, number>>;
  /** `4→3` → people, against the kinds at the previous week's T; `·→4` for people who are new. */
  readonly transitions: Readonly<Record<string, number>>;
  readonly trainingRows: number;
  readonly churnedRows: number;
}

export interface Extracted extends ShardCounts {
  readonly inputHash: string;
  /** Revision under whose number the rows are stored. */
  readonly rowsRevision: number;
  readonly featureListVersion: number;
  /** Arrow dataset of the rows that train. */
  readonly dataset: StoredArtifact;
  /** How uniform the features are; absent in results that are older. */
  readonly profile?: WeekProfile;
  readonly figures: string;
}

export interface Trained {
  readonly inputHash: string;
  readonly models: readonly { readonly recipe: string; readonly modelId: string }[];
  /** The trainer's result, with references to models and walk-forward predictions. */
  readonly report: StoredArtifact;
  readonly championRecipe: string | null;
  readonly championModelId: string | null;
  /** How the checks ended that were made before training; absent in results that are older. */
  readonly checks?: readonly CheckVerdict[];
  /** Checks that failed and were overridden. */
  readonly overrides?: readonly Override[];
  readonly figures: string;
}

export interface Accepted {
  readonly inputHash: string;
  readonly outcome: 'accepted' | 'rejected' | 'not-enough-evidence' | 'approved-by-person' | 'rejected-by-person';
  /** The model that serves: the challenger's when accepted, else the champion's (at first the baseline's). */
  readonly modelId: string;
  readonly recipe: string;
  readonly auc: number | null;
  /** What it was measured against, and that one's figure. */
  readonly baseline: string;
  readonly baselineAuc: number | null;
  readonly report: StoredArtifact;
  readonly sentence: string;
  readonly figures: string;
}

export interface Scored {
  readonly inputHash: string;
  readonly scored: number;
  readonly parity: number;
  /** The nine decile thresholds of the week's probabilities; fewer for an empty week. */
  readonly thresholds: readonly number[];
  readonly figures: string;
}
