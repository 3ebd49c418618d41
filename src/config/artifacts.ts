import { Type } from 'typebox';
import { closed } from './fragments.ts';

const ArtifactFolder = Type.Object({ kind: Type.Literal('folder') }, closed);

const ArtifactBucket = Type.Object({
  kind: Type.Literal('s3'),
  bucket: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$' }),
  /** Before every name. */
  prefix: Type.String({ pattern: '^([A-Za-z0-9._-]+/)*$', default: '' }),
  /** The SDK's own (AWS_REGION, profile) unless said. */
  region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]+$' })),
  /** Of a server that is not Amazon's. */
  endpoint: Type.Optional(Type.String({ pattern: '^https?://[^/@]+/?$' })),
  /** Unless said, what the SDK finds: AWS_ACCESS_KEY_ID, AWS_PROFILE, a role of the machine. The secret is the content of a file, and never stands here. */
  credentials: Type.Optional(Type.Object({ accessKeyId: Type.String({ minLength: 1 }), secretKeyFile: Type.String({ minLength: 1 }) }, closed)),
}, closed);

/** The shapes of `artifacts` by its `kind`. */
export const ArtifactSchemas = { folder: ArtifactFolder, s3: ArtifactBucket } as const;

export const ArtifactsSchema = Type.Union([ArtifactFolder, ArtifactBucket], { default: { kind: 'folder' } });
