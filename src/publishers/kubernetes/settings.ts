/** What the configuration says of the cluster; everything else about a week's objects follows from its identity. */
export interface KubernetesSettings {
  readonly namespace: string;
  /** Runs the role `endpoint`. */
  readonly image: string;
  readonly imagePullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Name of a Secret in the namespace. */
  readonly imagePullSecret?: string | undefined;
  readonly replicas: { readonly least: number; readonly most: number };
  readonly resources: { readonly cpu: string; readonly memory: string };
  readonly port: number;
  /** What people are told, without a trailing slash; a Service's name in the cluster unless said. */
  readonly address?: string | undefined;
  readonly ingress?: { readonly host: string; readonly className?: string | undefined; readonly tlsSecret?: string | undefined } | undefined;
  readonly gateway?: { readonly name: string; readonly namespace?: string | undefined; readonly host: string } | undefined;
  /** How long pods may take to become ready. */
  readonly rolloutSeconds: number;
  /** `almanac.yaml` of the endpoint, as the pods mount it. */
  readonly endpointConfig: Readonly<Record<string, unknown>>;
  /** Port of Cassandra: the one address besides DNS that pods may call. */
  readonly cassandraPort: number;
  /** Name and content of files that only pods may read, such as a password. */
  readonly secretFiles: Readonly<Record<string, string>>;
}
