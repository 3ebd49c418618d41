// The arrows of the project: which folder may import which (docs/decisions.md says why where it differs from habit).
// dependency-cruiser is maintained by its author since 2016; it saves us a parser and also draws the graph.
const ours = '^(workflows|activities|src|test|bench|examples|scripts|docker)/';
const only = (from, allowed, comment) => ({
  name: `${from.replaceAll('/', '-')}-arrows`,
  severity: 'error',
  comment,
  from: { path: `^${from}/` },
  to: { path: ours, pathNot: [`^${from}/`, ...allowed] },
});
/** A folder that may be imported for its types alone: a run-time import is an arrow in the wrong direction. */
const typesOnly = (from, to, except = []) => ({
  name: `${from.replaceAll('/', '-')}-types-only-of-${to.replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: { path: `^${to}/`, pathNot: except, dependencyTypesNot: ['type-only'] },
});
/** Plugs of the same outside system share their way to it. */
const cluster = '^src/kubernetes/';
const plugs = ['src/stores', 'src/connectors', 'src/runners', 'src/publishers', 'src/models', 'src/http', 'src/parts'];

export default {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'no-orphan-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('workflows', ['^src/domain/', '^activities/'], 'sequences call rules and name activities by type'),
    typesOnly('workflows', 'activities'),
    only('activities', ['^src/domain/', '^src/ports/'], 'steps know sockets, never plugs'),
    typesOnly('activities', 'src/ports'),
    only('src/ports', ['^src/domain/'], 'sockets are types'),
    typesOnly('src/ports', 'src/domain'),
    only('src/domain', [], 'rules know nothing of ours outside themselves'),
    {
      name: 'src-domain-libraries',
      severity: 'error',
      comment: 'pure libraries that also bundle for workflows',
      from: { path: '^src/domain/' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: 'node_modules/(temporal-polyfill|@noble/hashes|simple-statistics|pure-rand|ml-matrix|tinyqueue|typebox|temporal-utils)/' },
    },
    ...plugs.map((plug) => only(plug, ['^src/ports/', '^src/domain/', ...(['src/runners', 'src/publishers'].includes(plug) ? [cluster] : [])], 'a plug knows its socket and the rules, never another plug')),
    ...['endpoint', 'rollup', 'model-server'].map((app) => only(`src/http/${app}`, ['^src/http/[^/]+\\.ts$', '^src/ports/', '^src/domain/'], 'a server knows what all servers share, never another server')),
    { name: 'src-http-base', severity: 'error', comment: 'what all servers share knows none of them', from: { path: '^src/http/[^/]+\\.ts$' }, to: { path: '^src/http/[^/]+/' } },
    only('src/kubernetes', ['^src/domain/'], 'the way to a cluster, for the plugs that use one; it knows none of them'),
    ...plugs.map((plug) => typesOnly(plug, 'src/ports')),
    { name: 'config-arrows', severity: 'error', from: { path: '^src/(config/.*|config|schedules)\\.ts$' }, to: { path: ours, pathNot: ['^src/domain/', '^workflows/', '^src/(config/.*|config|schedules)\\.ts$'] } },
    { name: 'config-types-of-workflows', severity: 'error', from: { path: '^src/(config/.*|config|schedules)\\.ts$' }, to: { path: '^workflows/', dependencyTypesNot: ['type-only'] } },
    { name: 'client-arrows', severity: 'error', from: { path: '^src/client\\.ts$' }, to: { path: ours, pathNot: ['^src/domain/', '^src/ports/', '^workflows/'] } },
    { name: 'client-types-of-workflows', severity: 'error', from: { path: '^src/client\\.ts$' }, to: { path: '^(workflows|src/ports)/', dependencyTypesNot: ['type-only'] } },
    { name: 'nobody-imports-main', severity: 'error', from: { pathNot: '^(src/main|test|bench|docker)/' }, to: { path: '^src/main/' } },
    { name: 'no-tests-in-product', severity: 'error', from: { path: '^(workflows|activities|src|examples)/' }, to: { path: '^(test|bench)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.mjs', '.js'] },
  },
};
