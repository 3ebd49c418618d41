import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export const root = join(import.meta.dirname, '../..');

/** Files of the repository by pattern, in order, with `/` between folders. */
export function filesOf(...patterns: string[]): string[] {
  return globSync(patterns, { cwd: root }).map((file) => file.replaceAll('\\', '/')).sort();
}

export function textOf(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** What runs in production. */
export const product = filesOf('workflows/**/*.ts', 'activities/**/*.ts', 'src/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts');

const parsed = new Map<string, ts.SourceFile>();

/** Every node of the file for which `pick` says something, in order. */
export function found<T>(file: string, pick: (node: ts.Node, source: ts.SourceFile) => T | undefined): T[] {
  const source = parsed.get(file) ?? ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true);
  parsed.set(file, source);
  const results: T[] = [];
  const visit = (node: ts.Node): void => {
    const result = pick(node, source);
    if (result !== undefined) results.push(result);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return results;
}

/** `file:line: text` of a node's last line. */
export function placeOf(node: ts.Node, source: ts.SourceFile): string {
  const { line } = source.getLineAndCharacterOfPosition(node.getEnd());
  return `${source.fileName}:${line + 1}: ${lineAt(source, line).trim()}`;
}

export function lineAt(source: ts.SourceFile, line: number): string {
  return source.text.split('\n')[line] ?? '';
}
