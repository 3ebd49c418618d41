import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../src/main/root.ts';

/** How a command ended. */
export interface Ended { readonly code: number | null; readonly out: string; readonly err: string }

/** The command `almanac` as a process of its own, with a stack's environment. */
export function commandLine(env: () => Readonly<Record<string, string>>) {
  async function almanac(...args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'src/main/cli.ts'), ...args], { cwd: root, env: { ...process.env, ...env() }, stdio: ['ignore', 'pipe', 'pipe'] });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code: code as number | null, out, err };
  }
  /** Its one JSON document, from a command that ends with `code`. */
  async function json<T>(code: number, ...args: string[]): Promise<T> {
    const ended = await almanac(...args, '--json');
    assert.equal(ended.code, code, ended.err || ended.out);
    return JSON.parse(ended.out) as T;
  }
  return { almanac, json };
}
