import { Failure } from '../../domain/failure.ts';
import { asked, type Cli } from './command.ts';
import { table } from './table.ts';

const ANSWER_MS = 60_000;

interface Changes {
  readonly previous: number;
  readonly revision: number;
  readonly kind: number;
  readonly decile: number;
  readonly people: readonly { readonly user: string; readonly before: number | null; readonly after: number | null }[];
}

/** Who changed kind or decile between a week's newest revision and the one before it. Its purpose is to name people. */
export async function showChanges(cli: Cli, property: string, week: string): Promise<void> {
  const { weeks } = await cli.almanac();
  const list = (await asked(cli, ANSWER_MS, () => weeks.status(property, week)))?.last?.changed?.list;
  if (!list) throw new Failure('week-unknown', `week ${week} of ${property} has no revision to compare: build one with npx almanac week rerun ${property} ${week} --from extract`);
  const { artifacts } = await cli.stores();
  const changes = JSON.parse(Buffer.from(await artifacts.get(list)).toString('utf8')) as Changes;
  const rows = changes.people.map(({ user, before, after }) => [user, decile(before), decile(after)]);
  const head = `revision ${changes.revision} against ${changes.previous}: ${changes.kind} came to or left kind 3, ${changes.decile} changed decile`;
  cli.result(changes, [head, ...(rows.length > 0 ? [table([['person', 'before', 'after'], ...rows])] : [])].join('\n'));
}

function decile(value: number | null): string {
  return value === null ? 'not kind 3' : `decile ${value}`;
}
