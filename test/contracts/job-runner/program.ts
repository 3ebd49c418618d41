// Stands for the trainer in the suite of JobRunner: does what job.json says.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import type { Act } from '../job-runner.contract.ts';

const folder = process.argv[2] ?? '.';
const { act } = JSON.parse(readFileSync(path.join(folder, 'job.json'), 'utf8')) as { act: Act };
if (act !== 'hang-stubbornly' && process.argv.includes('--end-with-stdin')) process.stdin.on('end', () => process.exit(1)).resume();
writeFileSync(path.join(folder, 'pid'), String(process.pid));

switch (act) {
  case 'succeed':
    console.log('a line on stdout');
    console.error('a line on stderr');
    writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ done: true }));
    process.exit(0);
  case 'crash':
    throw new Error('crashed as told');
  case 'refuse':
    console.error('bad-argument: refused as told');
    process.exit(2);
  case 'no-result':
    process.exit(0);
  case 'hang':
    console.log('hanging');
    setInterval(() => {}, 1000);
    break;
  case 'hang-until-told':
    console.log('hanging until told');
    setInterval(() => {
      if (!existsSync(path.join(folder, 'end'))) return;
      console.log('told to end');
      writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ done: true }));
      process.exit(0);
    }, 20);
    break;
  case 'hang-stubbornly':
    process.on('SIGTERM', () => {});
    process.stdout.on('error', () => {});
    spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
    console.log('hanging stubbornly');
    setInterval(() => {}, 1000);
    break;
  case 'eat-memory': {
    const eaten: Buffer[] = [];
    setInterval(() => eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 20);
    break;
  }
  case 'starve-child':
    spawn(process.execPath, ['--eval', 'const eaten = []; setInterval(() => eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 20)']).on('exit', () => {
      writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ done: true }));
      process.exit(0);
    });
    break;
  case 'look-around':
    lookAround();
    writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ done: true }));
    process.exit(0);
  case 'chatter':
    for (let i = 0; i < 40_000; i++) console.log('a line that is long enough to fill a log in a few thousand of them');
    console.log('the last word');
    writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ done: true }));
    process.stdin.destroy(); // ends once everything is written, which exit() would not wait for
}

/** What can be done from where it runs, a line a thing. */
function lookAround(): void {
  const tryTo = (what: string, act: () => unknown) => {
    try {
      console.log(`${what}: ${act() ?? 'done'}`);
    } catch (error) {
      console.log(`${what}: ${(error as NodeJS.ErrnoException).code}`);
    }
  };
  const status = readFileSync('/proc/self/status', 'utf8');
  const field = (name: string) => new RegExp(`^${name}:\\s+(.*)$`, 'm').exec(status)?.[1];
  tryTo('user', () => `${process.getuid?.()}:${process.getgid?.()} groups ${process.getgroups?.().join()}`);
  tryTo('capabilities', () => `${field('CapEff')} ${field('CapBnd')}`);
  tryTo('new privileges', () => field('NoNewPrivs'));
  tryTo('interfaces', () => Object.keys(networkInterfaces()).join());
  tryTo('write /', () => writeFileSync('/written', ''));
  tryTo('write /test', () => writeFileSync('/test/written', ''));
  tryTo('write /tmp', () => writeFileSync('/tmp/written', ''));
  tryTo('write job.json', () => writeFileSync(path.join(folder, 'job.json'), ''));
  tryTo('write beside', () => writeFileSync(path.join(folder, 'beside'), ''));
  tryTo('socket', () => readFileSync('/var/run/docker.sock'));
}
