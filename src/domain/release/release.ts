import { parseWeek, type Week } from '../calendar/week.ts';

/** What a person took responsibility for so that a week could be built: a day, or a check. The reason stays with the release. */
export interface Override {
  /** `day 2011-10-04`, `check missing-feature`. */
  readonly what: string;
  readonly reason: string;
  /** Null where it is not known: the audit has nobody who gave this reason. */
  readonly by: string | null;
}

/** One build of a week. */
export interface RevisionKey {
  readonly property: string;
  readonly week: Week;
  readonly revision: number;
}

/**
 * Life of a release: `staged` answers only the probe, `live` is what the week's address serves, `superseded` was live
 * until a later revision, `refused` failed its probe or was rejected by a person.
 */
export type ReleaseState = 'staged' | 'live' | 'superseded' | 'refused';

export interface StoredArtifact {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** The published result of a week's revision: enough to serve it, to explain it and to build it again. */
export interface Release extends RevisionKey {
  readonly state: ReleaseState;
  /** T as ISO text: nothing at or after it was read. */
  readonly asOf: string;
  readonly horizonDays: number;
  readonly shardCount: number;
  readonly featureListVersion: number;
  readonly dayMap: StoredArtifact;
  /** The revision whose extract it was built from: under its number are kinds and rows that train. Absent in releases that are older than kinds in the store. */
  readonly rowsRevision?: number;
  /** People by kind 1…4. */
  readonly kinds: readonly [number, number, number, number];
  readonly scored: number;
  /** Model in service and how the gate decided. */
  readonly modelId: string;
  readonly modelVersion: string;
  readonly recipe: string;
  readonly outcome: 'accepted' | 'rejected' | 'not-enough-evidence' | 'approved-by-person' | 'rejected-by-person';
  readonly gateReport: StoredArtifact;
  /** `provisional` while a day that was read may still be changed by its source. */
  readonly finality: 'final' | 'provisional';
  /** Absent where nothing was overridden. */
  readonly overrides?: readonly Override[];
}

/** What a week's address does now. */
export type WeekService =
  /** `sinceMs`: when the week's first revision went live. */
  | { readonly state: 'live'; readonly revision: number; readonly sinceMs: number }
  /** `isCleared`: the property's rows of the week are deleted and its plain key is forgotten. */
  | { readonly state: 'retired'; readonly successor: Week | null; readonly isCleared: boolean };

/** `2011-W48.1`: how a release is named to the outside. */
export function releaseName(key: { readonly week: Week; readonly revision: number }): string {
  return `${key.week}.${key.revision}`;
}

/** The week and revision of a release's name, or null when `text` is not one. */
export function parseReleaseName(text: string): { week: Week; revision: number } | null {
  const match = /^(\d{4}-W\d{2})\.([1-9]\d{0,8})$/.exec(text);
  if (match?.[1] === undefined) return null;
  try {
    return { week: parseWeek(match[1]), revision: Number(match[2]) };
  } catch {
    return null;
  }
}

/** A model that can serve: made for one data cut, never changed. */
export interface StoredModel {
  readonly property: string;
  /** First 16 hex digits of the SavedModel's SHA-256. */
  readonly modelId: string;
  /** Numeric version under which the model server has it. */
  readonly servedVersion: string;
  readonly recipe: string;
  /** The recipe as canonical JSON. */
  readonly recipeJson: string;
  readonly featureListVersion: number;
  readonly trainedFor: Week;
  readonly savedModel: StoredArtifact;
  readonly card: StoredArtifact;
  /** Rows with the probabilities that the trainer computed: what a model server must reproduce. */
  readonly parity: StoredArtifact;
  readonly weightHash: string;
}
