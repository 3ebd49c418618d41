import type { Week } from '../domain/calendar/week.ts';
import type { Stage } from '../domain/release/stages.ts';
import type { Release, RevisionKey, StoredModel, WeekService } from '../domain/release/release.ts';

/** What the store knows of one week. */
export interface WeekRecord {
  readonly week: Week;
  /** Null while the week has never been live. */
  readonly service: WeekService | null;
  /** The live release; null unless the service is live. */
  readonly release: Release | null;
  readonly staged: readonly Release[];
  /** Revisions that were live before: their rows stay until the week is retired. */
  readonly superseded: readonly Release[];
}

export interface AuditEntry {
  readonly property: string;
  /** From the action's identity, so a retried write is the same line. */
  readonly id: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
  readonly actor: string;
}

/** What a finished stage left, so that the same input is not worked twice. */
export interface StageManifest extends RevisionKey {
  readonly stage: string;
  readonly inputHash: string;
  /** Revision whose rows hold the result. */
  readonly rowsRevision: number;
  /** References and counts as JSON. */
  readonly result: string;
}

/** SOCKET: what was built, what is live, what was live when, and why. */
export interface ReleaseStore {
  writeStage(manifest: StageManifest): Promise<void>;
  /** Stage manifests of the week, newest revision first. */
  readStages(property: string, week: Week): Promise<readonly StageManifest[]>;
  /** Of every revision: once the rows of a week are gone, nothing may be built from what these stages say they left. */
  deleteStages(property: string, week: Week, stages: readonly Stage[]): Promise<void>;

  writeModel(model: StoredModel): Promise<void>;
  readModel(property: string, modelId: string): Promise<StoredModel | null>;

  /** Writes the release as `staged`, whatever its state says; again with the same content changes nothing, with other content fails. */
  stageRelease(release: Release): Promise<void>;
  /**
   * Makes the staged revision live and marks the one before it superseded, in one conditional write. Again changes
   * nothing. Never moves a week back to an older revision and never serves a refused one: both fail with `bad-argument`.
   * A later revision of a retired week brings its address back.
   */
  goLive(key: RevisionKey): Promise<void>;
  /** Takes the mark `provisional` from a release whose days are final as they were read; again changes nothing. */
  markFinal(key: RevisionKey): Promise<void>;
  /** Only a staged release can be refused. */
  refuseRelease(key: RevisionKey): Promise<void>;
  /** From here on the address answers 410. Fails with `week-unknown` when the week was never live. */
  retireWeek(property: string, week: Week, successor: Week | null): Promise<void>;
  /** Notes that a retired week's rows and plain key are gone. */
  markCleared(property: string, week: Week): Promise<void>;

  readRelease(key: RevisionKey): Promise<Release | null>;
  /** Every revision of the week, oldest first. */
  readReleases(property: string, week: Week): Promise<readonly Release[]>;
  readService(property: string, week: Week): Promise<WeekService | null>;
  /** Every week of the property that was ever staged, in order of week. */
  listWeeks(property: string): Promise<readonly WeekRecord[]>;
  /** Every property that has a release. */
  listProperties(): Promise<readonly string[]>;
  /** What the latest week before `week` serves, or served last when it is retired: it names the champion. */
  latestBefore(property: string, week: Week): Promise<Release | null>;

  markStale(property: string, week: Week, reason: string): Promise<void>;
  clearStale(property: string, week: Week): Promise<void>;
  listStale(property: string): Promise<readonly { week: Week; reason: string }[]>;

  /** How a past week's predictions turned out, once its horizon has passed. */
  writeVerdict(verdict: RevisionKey & { report: string }): Promise<void>;
  readVerdict(key: RevisionKey): Promise<string | null>;

  writeAudit(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  readAudit(property: string, limit: number): Promise<readonly (AuditEntry & { at: string })[]>;
}
