import type { Kind } from '../domain/churn/rule.ts';
import type { InstantUs } from '../domain/calendar/day.ts';
import type { Week } from '../domain/calendar/week.ts';

/** Rows of one shard of one revision of one week. */
export interface PeopleShard {
  readonly property: string;
  readonly week: Week;
  readonly revision: number;
  readonly shard: number;
}

export interface VeteranRow {
  readonly user: string;
  /** ISO week of the snapshot's cut; the T − H row is written as churn's cuts name it. */
  readonly snapshotWeek: string;
  readonly features: readonly number[];
  readonly label: 'churned' | 'engaged';
  readonly trains: boolean;
}

export interface KindRow {
  readonly user: string;
  readonly kind: Kind;
}

export interface RecentRow {
  readonly user: string;
  readonly features: readonly number[];
}

export interface ScoredRow extends RecentRow {
  /** Probability of churn within the horizon, 0…1. */
  readonly prediction: number;
  /** 1 (lowest tenth of the week's probabilities) … 10. */
  readonly decile: number;
}

/** SOCKET: people by week: `people_kinds`, `veteran_users` and one physical table `recent_users_YYYY_WW` a week. */
export interface PeopleStore {
  ensureWeekTable(week: Week): Promise<void>;
  dropWeekTable(week: Week): Promise<void>;
  listWeekTables(): Promise<readonly Week[]>;

  /** Everybody's kind, of whom kind 4 has no other row. */
  writeKinds(shard: PeopleShard, rows: readonly KindRow[]): Promise<void>;
  /** By user. */
  readKinds(shard: PeopleShard): AsyncIterable<KindRow>;
  writeVeterans(shard: PeopleShard, featureListVersion: number, rows: readonly VeteranRow[]): Promise<void>;
  readVeterans(shard: PeopleShard): AsyncIterable<VeteranRow>;
  writeRecent(shard: PeopleShard, featureListVersion: number, rows: readonly RecentRow[]): Promise<void>;
  /** By user, after `afterUser`; features only. */
  readRecent(shard: PeopleShard, afterUser?: string): AsyncIterable<RecentRow>;
  /** Whole rows with prediction and decile: also into a revision whose features came from an earlier one. */
  writeScores(shard: PeopleShard, featureListVersion: number, rows: readonly ScoredRow[]): Promise<void>;
  readScore(shard: PeopleShard, user: string): Promise<ScoredRow | null>;
  /** Everybody of the shard who has a prediction, by user. */
  readScores(shard: PeopleShard): AsyncIterable<ScoredRow>;
  /** One page of them, for a reader who comes back: at most `limit` rows after `afterUser`. */
  pageScores(shard: PeopleShard, options: { afterUser?: string; limit: number }): Promise<readonly ScoredRow[]>;
  /** Removes a property's rows of a week, all revisions. */
  clearWeek(week: { property: string; week: Week; revisions: readonly number[]; shardCount: number }): Promise<void>;

  /** Does any property still have rows in the week's table? */
  hasRows(week: Week): Promise<boolean>;

  /** Removes what earlier runs of the cohort wrote: every row written as of before `runUs`. A late or repeated call leaves the run's own rows alone. */
  clearCohort(cohort: { property: string; cohort: string; shardCount: number; runUs: InstantUs }): Promise<void>;
  /** Rows of the run that began at `runUs`; those that an earlier run writes after the later one has cleared stay removed. */
  writeCohortScores(shard: { property: string; cohort: string; shard: number; runUs: InstantUs }, rows: readonly ScoredRow[]): Promise<void>;
  /** The cohort's people of one shard, by user. */
  readCohortScores(shard: { property: string; cohort: string; shard: number }): AsyncIterable<ScoredRow>;
}
