/** An immutable file named by its content: `<kind>/<sha256><extension>`. */
export interface ArtifactRef {
  readonly name: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** SOCKET: big things that are not rows (datasets, models, day maps, reports, lists of people). */
export interface ArtifactStore {
  /** Stores the bytes under their hash; storing the same bytes again changes nothing. */
  put(kind: string, extension: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<ArtifactRef>;
  /** The bytes, checked against the hash: fails with `artifact-missing` or `artifact-corrupt`. */
  get(ref: ArtifactRef): Promise<Uint8Array>;
  /** A local file with the content, for a process of its own; checked against the hash. */
  localPath(ref: ArtifactRef): Promise<string>;
}
