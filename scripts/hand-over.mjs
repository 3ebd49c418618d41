// Lets another Node program take this one's place: same terminal, same signals, same exit code.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Replaces the process where Node can (22.15 and newer), so that no wrapper stays in memory; otherwise waits for a child.
 * Never returns before the program has ended.
 */
export async function handOver({ node, args, cwd, environment }) {
  const complete = ['--disable-warning=ExperimentalWarning', ...args];
  if (process.execve && node === process.execPath) {
    if (cwd) process.chdir(cwd);
    process.execve(node, [node, ...complete], environment);
  }
  const child = spawn(node, complete, { cwd, env: environment, stdio: 'inherit' });
  passSignalsTo(child);
  const { code, signal } = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode, exitSignal) => resolve({ code: exitCode, signal: exitSignal }));
  });
  process.exit(code ?? 128 + constants.signals[signal]);
}

function passSignalsTo(child) {
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // On a terminal Ctrl-C reaches the whole foreground group, the child included: passing it on would deliver it twice.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
}
