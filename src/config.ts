import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Clean, Errors } from 'typebox/value';
import { parse } from 'yaml';
import { anchor } from './config/anchor.ts';
import { ArtifactSchemas } from './config/artifacts.ts';
import { withEnvironment } from './config/environment.ts';
import { RestartSchemas } from './config/health.ts';
import { PublisherSchemas } from './config/publisher.ts';
import { checkColumns, checkLookBack, checkRollup, checkRunner, checkZone } from './config/rules.ts';
import { RunnerSchemas } from './config/runner.ts';
import { ConfigSchema, type Config, type HealthConfig, type PropertyConfig, type RollupConfig, type SourceConfig } from './config/schema.ts';
import { checkEngines, checkKind, checkSources, sentenceOf, withDefaults, type SchemaError } from './config/shape.ts';
import { Failure } from './domain/failure.ts';

export type { Config, HealthConfig, PropertyConfig, RollupConfig, SourceConfig };

/**
 * The configuration of this process: `almanac.yaml` (or `ALMANAC_CONFIG`), then Temporal's profile file and the environment, validated and frozen.
 * Fails with `bad-configuration` naming the file, the field, its value and what was expected. Relative folders are
 * relative to the file.
 */
export function readConfig(environment: NodeJS.ProcessEnv, file = environment.ALMANAC_CONFIG ?? 'almanac.yaml'): Config {
  const path = resolve(file);
  return configFrom(parseFile(path), environment, path);
}

/** The same from a parsed document; `path` is named in errors and anchors relative folders. */
export function configFrom(document: unknown, environment: NodeJS.ProcessEnv, path: string): Config {
  const config = withDefaults(document);
  checkKind(config?.artifacts, ArtifactSchemas, '/artifacts', config, path);
  checkKind(config?.publisher, PublisherSchemas, '/publisher', config, path);
  checkKind(config?.runner, RunnerSchemas, '/runner', config, path);
  checkKind(config?.health?.restarts, RestartSchemas, '/health/restarts', config, path);
  checkSources(config, path);
  checkEngines(config, path);
  const [error] = Errors(ConfigSchema, config);
  if (error) throw new Failure('bad-configuration', sentenceOf(error as SchemaError, config, path));
  const known = Clean(ConfigSchema, config) as Config;
  for (const [name, property] of Object.entries(known.properties)) {
    checkZone(`properties.${name}`, property, path);
    checkColumns(name, property, path);
    checkLookBack(name, property, path);
  }
  for (const [name, rollup] of Object.entries(known.rollups)) checkRollup(name, rollup, known, path);
  const complete = withEnvironment(known, environment);
  checkRunner(complete, path);
  return deepFreeze(anchor(complete, dirname(path), environment));
}

/** The settings of one property, or `property-unknown` with the names that exist. */
export function propertyOf(config: Config, property: string): PropertyConfig {
  const found = config.properties[property];
  if (found) return found;
  throw new Failure('property-unknown', `property "${property}" is not in the configuration (it has: ${Object.keys(config.properties).join(', ') || 'none'})`);
}

/** The settings of one rollup, or `property-unknown` with the names that exist. */
export function rollupOf(config: Pick<Config, 'rollups'>, property: string): RollupConfig {
  const found = config.rollups[property];
  if (found) return found;
  throw new Failure('property-unknown', `rollup "${property}" is not in the configuration (it has: ${Object.keys(config.rollups).join(', ') || 'none'})`);
}

function parseFile(path: string): unknown {
  try {
    return withoutShared(parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    throw new Failure('bad-configuration', `${path} cannot be read: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`, { cause });
  }
}

/** What an anchor of YAML gives to several places is one object in all: each gets its own, because defaults are written into it. */
function withoutShared(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutShared);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutShared(one)]));
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
