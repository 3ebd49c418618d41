#!/usr/bin/env node
// PROGRAM: `almanac`. Commands only say what to ask for and how to show it; what is heavy is imported where it is used.
import { Command, CommanderError } from 'commander';
import { addBackfill } from './cli/backfill.ts';
import { addCohort } from './cli/cohort.ts';
import { EXIT_CODES } from './cli/exit-codes.ts';
import { addInit } from './cli/init.ts';
import { addKey } from './cli/key.ts';
import { addSchedules } from './cli/schedules.ts';
import { addRollup } from './cli/rollup.ts';
import { addScores } from './cli/scores.ts';
import { addSource } from './cli/source.ts';
import { addStart } from './cli/start.ts';
import { addStatus } from './cli/status.ts';
import { addWeek } from './cli/week.ts';

const program = new Command('almanac')
  .description('Turns streams of what people did into tables, models and endpoints that appear on time.')
  .option('--json', 'one JSON document (NDJSON for streams) on stdout and nothing else')
  .option('--config <file>', 'configuration file (default: ALMANAC_CONFIG, else almanac.yaml here)')
  .configureHelp({ showGlobalOptions: true })
  .showSuggestionAfterError()
  .exitOverride()
  .addHelpText('after', `
Examples
  $ npx almanac init orders --file exports/orders.csv     a property from your own CSV
  $ npx almanac status                                    what is live, late or waiting
  $ npx almanac week run shop 2011-W48                    build a week and watch it
  $ npx almanac key show shop 2011-W48                    the key of a week's endpoint

Exit codes
${Object.values(EXIT_CODES).map(([code, meaning]) => `  ${String(code).padStart(3)}  ${meaning}`).join('\n')}

Environment: TEMPORAL_*, ALMANAC_CONFIG, ALMANAC_HOME and the others of almanac.yaml's first lines; ALMANAC_DEBUG=1 shows stacks.`);

for (const add of [addInit, addSource, addStart, addStatus, addWeek, addCohort, addBackfill, addSchedules, addKey, addScores, addRollup]) add(program);

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_CODES.ok[0]);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 || error.code === 'commander.help' && process.argv.length === 2 ? EXIT_CODES.ok[0] : EXIT_CODES.badArgument[0];
}
process.exit(); // the driver of Cassandra may still be reconnecting to a node that is away
