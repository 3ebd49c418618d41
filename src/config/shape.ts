import { Default, Errors } from 'typebox/value';
import { Failure } from '../domain/failure.ts';
import { PropertySchema } from './property.ts';
import { EngineSchemas, RollupSchema } from './rollup.ts';
import { ConfigSchema, type Config } from './schema.ts';
import { CredentialSchemas, SourceSchemas } from './source.ts';
import type { TSchema } from 'typebox';

export interface SchemaError { instancePath: string; message: string; params?: unknown }

/** Defaults filled in; the library does not descend into the record of properties by itself. */
export function withDefaults(document: unknown): Config {
  const config = Default(ConfigSchema, structuredClone(document)) as Config;
  if (typeof config?.properties !== 'object' || config.properties === null) return config;
  return { ...config, properties: defaulted(PropertySchema, config.properties), rollups: defaulted(RollupSchema, config.rollups) };
}

function defaulted<Entry>(schema: TSchema, entries: Record<string, Entry>): Record<string, Entry> {
  if (typeof entries !== 'object' || entries === null) return entries; // the whole schema says so
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, Default(schema, entry) as Entry]));
}

export function sentenceOf(error: SchemaError, config: unknown, path: string): string {
  const field = error.instancePath.slice(1).replaceAll('/', '.') || 'the document';
  const value = error.instancePath.split('/').slice(1).reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config);
  const detail = error.params && 'additionalProperties' in (error.params as object) ? `: ${String((error.params as { additionalProperties: unknown }).additionalProperties)}` : '';
  const shown = typeof value === 'object' ? '' : ` is ${JSON.stringify(value)}`;
  return `${path}: ${field}${shown}: ${error.message === 'schema is false' ? 'there is no such setting' : error.message}${detail}`;
}

/** Each source against the shape of its kind: of a union the library only says that nothing in it fits. */
export function checkSources(config: Config, path: string): void {
  if (typeof config?.properties !== 'object' || config.properties === null) return;
  for (const [name, property] of Object.entries(config.properties)) {
    const source: unknown = property?.source;
    checkKind((source as { credentials?: unknown } | undefined)?.credentials, CredentialSchemas, `/properties/${name}/source/credentials`, config, path);
    checkKind(source, SourceSchemas, `/properties/${name}/source`, config, path);
  }
}

/** The engine of each rollup, the same way. */
export function checkEngines(config: Config, path: string): void {
  if (typeof config?.rollups !== 'object' || config.rollups === null) return;
  for (const [name, rollup] of Object.entries(config.rollups)) checkKind(rollup?.engine, EngineSchemas, `/rollups/${name}/engine`, config, path);
}

/** A choice of plug against the shape of its kind; fails with `bad-configuration`. */
export function checkKind(value: unknown, schemas: Readonly<Record<string, TSchema>>, place: string, config: Config, path: string): void {
  if (typeof value !== 'object' || value === null) return; // the whole schema says so
  const { kind } = value as { kind?: unknown };
  const schema = typeof kind === 'string' && Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  if (!schema) throw new Failure('bad-configuration', `${path}: ${place.slice(1).replaceAll('/', '.')}.kind is ${JSON.stringify(kind) ?? 'missing'}: expected ${Object.keys(schemas).join(' or ')}`);
  const [error] = Errors(schema, Default(schema, structuredClone(value))) as readonly SchemaError[];
  if (error) throw new Failure('bad-configuration', sentenceOf({ ...error, instancePath: `${place}${error.instancePath}` }, config, path));
}
