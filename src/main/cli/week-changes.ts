import { Failure } from '../../domain/failure.ts';
import { asked, type Cli } from './command.ts';
import { table } from './table.ts';
import type { ListedChanges, Moves, Standing } from '../../domain/release/revision-changes.ts';

const ANSWER_MS = 60_000;
const BEFORE = [1, 2, 3, 4, 'new'] as const;
const AFTER = [1, 2, 3, 4, 'gone'] as const;

/** Who changed kind or decile between a week's newest revision and the one before it. Its purpose is to name people. */
export async function showChanges(cli: Cli, property: string, week: string): Promise<void> {
  const { weeks } = await cli.almanac();
  const list = (await asked(cli, ANSWER_MS, () => weeks.status(property, week)))?.last?.changed?.list;
  if (!list) throw new Failure('week-unknown', `week ${week} of ${property} has no revision to compare: build one with npx almanac week rerun ${property} ${week} --from extract`);
  const { artifacts } = await cli.stores();
  const changes = JSON.parse(Buffer.from(await artifacts.get(list)).toString('utf8')) as ListedChanges;
  cli.result(changes, changesText(changes));
}

/** How many moved from which kind to which, then the people, as many as are listed. */
export function changesText({ revision, previous, kind, decile, moves = null, people, notListed = 0 }: ListedChanges): string {
  const rows = people.map(({ user, before, after }) => [user, standing(before, moves !== null), standing(after, moves !== null)]);
  return [
    `revision ${revision} against ${previous}: ${count(kind)} ${moves ? 'changed kind' : 'came to or left kind 3'}, ${count(decile)} changed decile`,
    moves ? movesTable(moves) : `Moves among the other kinds are not known: revision ${previous} was built before they were kept.`,
    ...(rows.length > 0 ? [table(rows, ['person', 'before', 'after'])] : []),
    ...(notListed > 0 ? [`and ${count(notListed)} more, who are counted and not listed`] : []),
  ].join('\n');
}

function movesTable(moves: Moves): string {
  const rows = BEFORE.map((before) => [`from ${nameOf(before)}`, ...AFTER.map((after) => moves[`${before}→${after}`] ?? 0)]);
  return table(rows, ['', ...AFTER.map((after) => `to ${nameOf(after)}`)]);
}

function nameOf(kind: (typeof BEFORE | typeof AFTER)[number]): string {
  return typeof kind === 'number' ? `kind ${kind}` : 'nowhere';
}

/** A list from before kinds were kept holds a decile or null in place of a standing. */
function standing(of: Standing | number | null, isKindKnown: boolean): string {
  const { kind, decile } = of === null || typeof of === 'number' ? { kind: null, decile: of } : of;
  if (decile !== null) return isKindKnown ? `kind 3, decile ${decile}` : `decile ${decile}`;
  if (!isKindKnown) return 'not kind 3';
  return kind === null ? 'nowhere' : `kind ${kind}`;
}

function count(people: number): string {
  return people.toLocaleString('en-US');
}
