import { isAbsolute, resolve } from 'node:path';
import type { ArtifactsConfig, Config, HealthConfig, PublisherConfig, RollupConfig, SourceConfig } from './schema.ts';

/** The configuration with every folder and file as an absolute path: relative ones begin at `folder`, that of the file. */
export function anchor(config: Config, folder: string, env: NodeJS.ProcessEnv): Config {
  const at = (path: string): string => (isAbsolute(path) ? path : resolve(folder, path));
  const properties = Object.fromEntries(
    Object.entries(config.properties).map(([name, property]) => [name, { ...property, source: anchorSource(property.source, at) }]),
  );
  const rollups = Object.fromEntries(Object.entries(config.rollups).map(([name, rollup]) => [name, { ...rollup, engine: anchorEngine(rollup.engine, at) }]));
  const { credentials } = config.cassandra;
  const cassandra = credentials ? { ...config.cassandra, credentials: { ...credentials, passwordFile: at(credentials.passwordFile) } } : config.cassandra;
  return {
    ...config, home: env.ALMANAC_HOME ? resolve(env.ALMANAC_HOME) : at(config.home), artifacts: anchorArtifacts(config.artifacts, at),
    publisher: anchorKubeconfig(config.publisher, at), runner: anchorKubeconfig(config.runner, at), health: { ...config.health, restarts: anchorKubeconfig(config.health.restarts, at) },
    endpoint: anchorEndpoint(config.endpoint, at), rollupServer: anchorKeys(config.rollupServer, at), cassandra, properties, rollups,
  };
}

function anchorEngine(engine: RollupConfig['engine'], at: (path: string) => string): RollupConfig['engine'] {
  if (engine.kind === 'worker') return engine;
  const anchored = (['home', 'connector', 'settingsFile'] as const).flatMap((field) => (engine[field] === undefined ? [] : [[field, at(engine[field])]]));
  return { ...engine, ...Object.fromEntries(anchored) as Partial<typeof engine> };
}

function anchorArtifacts(artifacts: ArtifactsConfig, at: (path: string) => string): ArtifactsConfig {
  if (artifacts.kind === 'folder' || artifacts.credentials === undefined) return artifacts;
  return { ...artifacts, credentials: { ...artifacts.credentials, secretKeyFile: at(artifacts.credentials.secretKeyFile) } };
}

function anchorKubeconfig<T extends PublisherConfig | Config['runner'] | HealthConfig['restarts']>(plug: T, at: (path: string) => string): T {
  return plug.kind !== 'kubernetes' || plug.kubeconfig === undefined ? plug : { ...plug, kubeconfig: at(plug.kubeconfig) };
}

function anchorEndpoint(endpoint: Config['endpoint'], at: (path: string) => string): Config['endpoint'] {
  return endpoint.keysFile === undefined ? endpoint : { ...endpoint, keysFile: at(endpoint.keysFile) };
}

function anchorKeys({ intakeKeyFile, readKeyFile, ...server }: Config['rollupServer'], at: (path: string) => string): Config['rollupServer'] {
  return { ...server, ...(intakeKeyFile === undefined ? {} : { intakeKeyFile: at(intakeKeyFile) }), ...(readKeyFile === undefined ? {} : { readKeyFile: at(readKeyFile) }) };
}

function anchorSource(source: SourceConfig, at: (path: string) => string): SourceConfig {
  switch (source.kind) {
    case 'files':
      return { ...source, folder: at(source.folder) };
    case 'ga4-data-api':
    case 'ga4-export':
      return 'file' in source.credentials ? { ...source, credentials: { ...source.credentials, file: at(source.credentials.file) } } : source;
  }
}
