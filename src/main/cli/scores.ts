import { Option } from 'commander';
import * as read from './arguments.ts';
import { action, type Cli } from './command.ts';
import { FORMATS, formatOf, writeRows, type Format } from './score-rows.ts';
import type { Command } from 'commander';
import type { Release } from '../../domain/release/release.ts';
import type { ScoredRow } from '../../ports/people-store.ts';

interface ExportOptions { revision?: number; format?: Format; out?: string; features?: boolean; json?: boolean }

export function addScores(program: Command): void {
  program.command('scores').description('predictions of a week')
    .command('export').description('every scored person of a week: user, prediction (probability of churn), decile; as a stream, by shard and user')
    .argument('<property>', 'property', read.propertyName).argument('<week>', 'as in 2026-W47', read.week)
    .option('--revision <n>', 'a revision; else the live one', read.positive)
    .addOption(new Option('--format <format>', 'csv, ndjson or arrow (an Arrow IPC stream)').choices(FORMATS))
    .option('--out <file>', 'a file that appears when it is whole; else stdout').option('--features', 'the features too')
    .addHelpText('after', '\nExamples\n  $ npx almanac scores export shop 2011-W48 --format csv > scores.csv\n  $ npx almanac scores export shop 2011-W48 --format arrow --out scores.arrows')
    .action(action(async (cli, { revision, format, out, features = false, json }: ExportOptions, property: string, week: string) => {
      const { peopleStore } = await cli.stores();
      const release = await releaseOf(cli, property, week, revision);
      const featureNames = features ? await namesOfFeatures(release.featureListVersion) : [];
      const people = async function* (): AsyncGenerator<ScoredRow> {
        for (let shard = 0; shard < release.shardCount; shard += 1) yield* peopleStore.readScores({ property, week, revision: release.revision, shard });
      };
      const count = await writeRows(people(), { format: format ?? formatOf(out, json), featureNames, out });
      if (out !== undefined) cli.result({ property, week, revision: release.revision, people: count, file: out }, `${count.toLocaleString('en-US')} people of ${week} revision ${release.revision} in ${out}`);
    }));
}

async function releaseOf(cli: Cli, property: string, week: string, revision: number | undefined): Promise<Release> {
  const [config, { propertyOf }, { Failure }] = [await cli.config(), await import('../../config.ts'), await import('../../domain/failure.ts')];
  propertyOf(config, property);
  const { releaseStore } = await cli.stores();
  if (revision !== undefined) {
    const release = await releaseStore.readRelease({ property, week, revision });
    if (release) return release;
    throw new Failure('week-unknown', `week ${week} of ${property} has no revision ${revision}; see: npx almanac week list ${property}`);
  }
  const record = (await releaseStore.listWeeks(property)).find((known) => known.week === week);
  if (record?.release) return record.release;
  throw new Failure('week-unknown', `week ${week} of ${property} has no live release; see: npx almanac week list ${property}`);
}

async function namesOfFeatures(version: number): Promise<string[]> {
  const [{ FEATURES, FEATURE_LIST_VERSION }, { Failure }] = [await import('../../domain/churn/features.ts'), await import('../../domain/failure.ts')];
  if (version !== FEATURE_LIST_VERSION) throw new Failure('bad-argument', `the release has feature list ${version} and this Almanac names those of ${FEATURE_LIST_VERSION}: run the week again, or leave --features out`);
  return FEATURES.map(({ name }) => name);
}
