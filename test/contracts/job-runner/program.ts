// Stands for the trainer in the suite of JobRunner: does what job.json says.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Act } from '../job-runner.contract.ts';

const folder = process.argv[2] ?? '.';
const { act } = JSON.parse(readFileSync(path.join(folder, 'job.json'), 'utf8')) as { act: Act };
if (act !== 'hang-stubbornly') process.stdin.on('end', () => process.exit(1)).resume();
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
  case 'hang-stubbornly':
    process.on('SIGTERM', () => {});
    process.stdout.on('error', () => {});
    spawn('sleep', ['1000'], { stdio: 'inherit' });
    console.log('hanging stubbornly');
    setInterval(() => {}, 1000);
    break;
  case 'eat-memory': {
    const eaten: Buffer[] = [];
    setInterval(() => eaten.push(Buffer.alloc(16 * 1024 * 1024, 1)), 20);
    break;
  }
  case 'chatter':
    for (let i = 0; i < 40_000; i++) console.log('a line that is long enough to fill a log in a few thousand of them');
    console.log('the last word');
    writeFileSync(path.join(folder, 'result.json'), JSON.stringify({ done: true }));
    process.stdin.destroy(); // ends once everything is written, which exit() would not wait for
}
