import type { Week } from '../domain/calendar/week.ts';
import type { Release, RevisionKey, StoredModel, WeekService } from '../domain/release/release.ts';

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

  writeModel(model: StoredModel): Promise<void>;
  readModel(property: string, modelId: string): Promise<StoredModel | null>;

  /** Writes the release as `staged`; again with the same content changes nothing. */
  stageRelease(release: Release): Promise<void>;
  /** Makes the staged revision live in one conditional write and marks the one before it superseded. Never moves a week back to an older revision. */
  goLive(key: RevisionKey): Promise<void>;
  refuseRelease(key: RevisionKey): Promise<void>;
  retireWeek(property: string, week: Week, successor: Week | null): Promise<void>;

  readRelease(key: RevisionKey): Promise<Release | null>;
  readReleases(property: string, week: Week): Promise<readonly Release[]>;
  readService(property: string, week: Week): Promise<WeekService | null>;
  /** Every week of the property that is live or retired, with the live release, in order of week. */
  listWeeks(property: string): Promise<readonly { week: Week; service: WeekService; release: Release | null; staged: readonly Release[] }[]>;
  /** The live release of the latest week before `week`: it names the champion. */
  latestBefore(property: string, week: Week): Promise<Release | null>;

  markStale(property: string, week: Week, reason: string): Promise<void>;
  clearStale(property: string, week: Week): Promise<void>;
  listStale(property: string): Promise<readonly { week: Week; reason: string }[]>;

  /** How a past week's predictions turned out, once its horizon has passed. */
  writeVerdict(verdict: RevisionKey & { report: string }): Promise<void>;

  writeAudit(entry: AuditEntry): Promise<void>;
  readAudit(property: string, limit: number): Promise<readonly (AuditEntry & { at: string })[]>;
}
