import { spawn } from 'node:child_process';

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end and returns what it said, whatever its exit code. Fails when it cannot be started or is too slow. */
export async function runToEnd(options: {
  command: string;
  args: readonly string[];
  cwd?: string;
  environment?: NodeJS.ProcessEnv;
  timeoutMs: number;
}): Promise<CommandResult> {
  const child = spawn(options.command, options.args, {
    cwd: options.cwd,
    env: options.environment ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`${options.command} could not be run: ${cause.message}`, { cause })));
    child.once('close', resolve);
  });
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(errors).toString() };
}

/** The same, failing with the end of what the program said when its exit code is not 0. */
export async function run(options: Parameters<typeof runToEnd>[0]): Promise<string> {
  const result = await runToEnd(options);
  if (result.code === 0) return result.stdout;
  const said = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-8).join('\n');
  throw new Error(`${options.command} ${options.args.slice(0, 3).join(' ')} … ended with ${result.code ?? `no answer in ${options.timeoutMs / 1000} s`}: ${said}`);
}
