import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { filesOf, found, lineAt, placeOf, product, textOf } from './sources.ts';

const MOST_LINES = 300;

test('no file is longer than 300 lines', () => {
  const long = [...product, ...filesOf('test/**/*.ts', 'scripts/*')].map((file) => ({ file, lines: textOf(file).split('\n').length - 1 })).filter(({ lines }) => lines > MOST_LINES);
  assert.deepEqual(long, []);
});

test('only index files export what another file has', () => {
  // `client.ts` is the package's own entry; `config.ts` is the door to the schema, which is its other half.
  const doors = /(^|\/)index\.ts$|^src\/(client|config)\.ts$/;
  const reExports = product.filter((file) => !doors.test(file)).flatMap((file) => found(file, (node, source) => (ts.isExportDeclaration(node) ? placeOf(node, source) : undefined)));
  assert.deepEqual(reExports, []);
});

test('rules import nothing of Node', () => {
  const imports = filesOf('src/domain/**/*.ts').flatMap((file) => found(file, (node, source) => {
    const name = (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier ? node.moduleSpecifier : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword ? node.arguments[0] : undefined;
    return name && ts.isStringLiteral(name) && (name.text.startsWith('node:') || /^(fs|path|crypto|os|process|child_process|http|net)$/.test(name.text)) ? placeOf(node, source) : undefined;
  }));
  assert.deepEqual(imports, []);
});

test('rules ask neither the clock, nor chance, nor the environment', () => {
  const asked = /^(Date\.now|Math\.random|performance\.now|process\..*|crypto\..*|Temporal\.Now\..*|console\..*)$/;
  const uses = filesOf('src/domain/**/*.ts').flatMap((file) => found(file, (node, source) => {
    const isBareDate = ts.isNewExpression(node) && node.expression.getText() === 'Date' && (node.arguments?.length ?? 0) === 0;
    return isBareDate || (ts.isPropertyAccessExpression(node) && asked.test(node.getText())) ? placeOf(node, source) : undefined;
  }));
  assert.deepEqual(uses, []);
});

test('an `any` says why', () => {
  const bare = product.flatMap((file) => found(file, (node, source) => (node.kind === ts.SyntaxKind.AnyKeyword && !hasComment(node, source) ? placeOf(node, source) : undefined)));
  assert.deepEqual(bare, []);
});

test('a `!` says why', () => {
  const bare = product.flatMap((file) => found(file, (node, source) => (ts.isNonNullExpression(node) && !isColumnWalk(node, file) && !hasComment(node, source) ? placeOf(node, source) : undefined)));
  assert.deepEqual(bare, []);
});

/** Columns of one length that are walked by index together: the checker cannot know, and a comment on every line would say the same. */
function isColumnWalk(node: ts.NonNullExpression, file: string): boolean {
  return /^src\/(models|domain\/model)\//.test(file) && ts.isElementAccessExpression(node.expression);
}

/** A comment on the node's line, or a line comment inside the top-level statement around it. */
function hasComment(node: ts.Node, source: ts.SourceFile): boolean {
  const isComment = /(^|\s)\/[/*]/;
  let statement = node;
  while (!ts.isSourceFile(statement.parent)) statement = statement.parent;
  return isComment.test(lineAt(source, source.getLineAndCharacterOfPosition(node.getEnd()).line)) || /(^|\s)\/\/ /m.test(source.text.slice(statement.getStart(), statement.end));
}
