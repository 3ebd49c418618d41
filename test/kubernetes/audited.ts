import { readFileSync } from 'node:fs';
import { namespace } from './cluster-world.ts';

interface Audited {
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly namespace?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What an account was granted and did in our namespace, as the API server has written it down: `patch deployments`. */
export function usedBy(account: string, log: string): ReadonlySet<string> {
  const isGranted = ({ user, objectRef, annotations }: Audited): boolean =>
    user.username === `system:serviceaccount:${namespace}:${account}` && objectRef?.namespace === namespace && annotations?.['authorization.k8s.io/decision'] === 'allow';
  const lines = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Audited);
  return new Set(lines.filter(isGranted).map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}${objectRef?.subresource ? `/${objectRef.subresource}` : ''}`));
}
