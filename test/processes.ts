import { readFileSync, readdirSync } from 'node:fs';

/** Every process that belongs to the home: it is named in the environment or in the command line. Zombies are none. */
export function processesOf(home: string): { pid: number; command: string }[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).flatMap((pid) => {
    const [environment, command] = [textOf(`/proc/${pid}/environ`), textOf(`/proc/${pid}/cmdline`)];
    return pid !== process.pid && (environment.includes(home) || command.includes(home)) ? [{ pid, command: command.replaceAll('\0', ' ').slice(0, 160) }] : [];
  });
}

/** kill -9, where the process has not ended by itself meanwhile. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
