import { unlessInterrupted, type Cli } from './command.ts';
import type { Exit } from './exit-codes.ts';

/** The settings of a rollup; fails with `property-unknown`. */
export async function knownRollup(cli: Cli, property: string) {
  const [config, { rollupOf }] = [await cli.config(), await import('../../config.ts')];
  return rollupOf(config, property);
}

/** Starts a sequence, or joins the one that runs, and shows what came of it. */
export async function run<Result>(cli: Cli, waits: boolean, workflow: string, workflowId: string, input: object, textOf: (result: Result) => string): Promise<Exit> {
  const [{ client }, config] = [await cli.temporal(), await cli.config()];
  const handle = await client.workflow.start(workflow, { workflowId, taskQueue: config.temporal.taskQueue, args: [input], workflowIdConflictPolicy: 'USE_EXISTING' });
  if (!waits) {
    cli.result({ workflowId }, `started ${workflowId}`);
    return 'ok';
  }
  const result = await unlessInterrupted(handle.result() as Promise<Result>, cli.interrupted());
  if (result === null) {
    cli.remark('it goes on; the same command joins it again');
    return 'interrupted';
  }
  cli.result(result, textOf(result));
  return 'ok';
}
