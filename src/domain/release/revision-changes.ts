import type { Kind } from '../churn/rule.ts';
import type { StoredArtifact } from './release.ts';

/** Where a person stands in one revision of a week; a kind of null is no activity before T, a decile of null no score. */
export interface Standing {
  readonly kind: Kind | null;
  readonly decile: number | null;
}

/** Kind in the earlier revision and in the later one, written `1→2`; `new→4` and `4→gone` for people of one of them only. */
export type Move = `${Kind | 'new'}→${Kind | 'gone'}`;

/** People of both revisions by kind before and after, also those who stayed. */
export type Moves = Readonly<Partial<Record<Move, number>>>;

/** How two revisions of a week differ, counted. */
export interface RevisionChanges {
  /** People whose kind differs; where `moves` is null, those who came to or left kind 3. */
  readonly kind: number;
  /** People of kind 3 in both whose decile differs. */
  readonly decile: number;
  /** Null where the earlier revision kept no kinds; absent in outcomes that are older. */
  readonly moves?: Moves | null;
  /** Changed people who are not in the list; absent in outcomes that are older, whose list ends at 10,000 people. */
  readonly notListed?: number;
  readonly list: StoredArtifact;
}

export interface ChangedPerson {
  readonly user: string;
  readonly before: Standing;
  readonly after: Standing;
}

/** What a list of changes holds. */
export interface ListedChanges extends Omit<RevisionChanges, 'list'> {
  readonly property: string;
  readonly week: string;
  readonly previous: number;
  readonly revision: number;
  readonly people: readonly ChangedPerson[];
}

/** Counts changes person by person and keeps the first `most` of those who changed. */
export function changesCounter({ most, hasKinds }: { most: number; hasKinds: boolean }) {
  const moves: Partial<Record<Move, number>> = {};
  const people: ChangedPerson[] = [];
  const counts = { kind: 0, decile: 0 };
  return {
    /** One person's standing in both revisions; null where the revision does not know them. */
    add(user: string, before: Standing | null, after: Standing | null): void {
      const [was, is] = [standingOf(before), standingOf(after)];
      const move: Move = `${was.kind ?? 'new'}→${is.kind ?? 'gone'}`;
      moves[move] = (moves[move] ?? 0) + 1;
      if (was.kind !== is.kind) counts.kind += 1;
      else if (was.decile !== is.decile) counts.decile += 1;
      else return;
      if (people.length < most) people.push({ user, before: was, after: is });
    },
    result: (): Omit<RevisionChanges, 'list'> & { people: readonly ChangedPerson[] } => ({
      ...counts, moves: hasKinds ? moves : null, notListed: counts.kind + counts.decile - people.length, people,
    }),
  };
}

/** Only that of a row which says more. */
function standingOf(row: Standing | null): Standing {
  return { kind: row?.kind ?? null, decile: row?.decile ?? null };
}
