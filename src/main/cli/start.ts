import { setTimeout as sleep } from 'node:timers/promises';
import { action } from './command.ts';
import type { Command } from 'commander';

const STOP_MINUTES = 3;

export function addStart(program: Command): void {
  program.command('start')
    .description('bring everything up and stay in the foreground; Ctrl-C stops it and loses nothing')
    .option('--no-demo', 'without the demo of Online Retail')
    .action(action(async (cli, { demo }: { demo: boolean }) => {
      const { run } = await import('./run-program.ts');
      process.exitCode = await run('start', demo ? [] : ['--no-demo'], cli.configFile === undefined ? {} : { ALMANAC_CONFIG: cli.configFile });
    }));

  program.command('stop')
    .description('stop what `start` has brought up for this configuration\'s home folder, and wait until it is gone')
    .action(action(async (cli) => {
      const [{ home }, { tryLock }, { isAlive }, { join }] = await Promise.all([cli.config(), import('../../parts/file-lock.ts'), import('../../parts/process-identity.ts'), import('node:path')]);
      // The supervisor holds the lock of its home; a dead one's lock is free.
      const lock = tryLock(join(home, 'run', 'lock'));
      if (!('heldBy' in lock)) {
        lock.release();
        return cli.result({ stopped: null }, `nothing runs in ${home}`);
      }
      const { heldBy } = lock;
      process.kill(heldBy.pid, 'SIGTERM');
      cli.say(`stopping process ${heldBy.pid} and everything it runs …`);
      for (const deadline = Date.now() + STOP_MINUTES * 60_000; isAlive(heldBy); await sleep(200)) {
        if (Date.now() <= deadline) continue;
        cli.remark(`process ${heldBy.pid} still runs after ${STOP_MINUTES} minutes; its log is ${join(home, 'logs', 'supervisor.log')}`);
        return 'failed';
      }
      cli.result({ stopped: heldBy.pid }, 'stopped; nothing is lost: npm start goes on from here');
    }));
}
