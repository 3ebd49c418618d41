import { readFileSync } from 'node:fs';
import { namespace } from './cluster-world.ts';

interface Audited {
  readonly responseStatus?: { readonly code: number };
  readonly user: { readonly username: string };
  readonly verb: string;
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly namespace?: string };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What an account was granted and did in our namespace, as the API server has written it down: `patch deployments`. */
export function usedBy(account: string, log: string): ReadonlySet<string> {
  return new Set(grantedTo(account, log).map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}${objectRef?.subresource ? `/${objectRef.subresource}` : ''}`));
}

/** How many objects of each resource an account has created in our namespace. */
export function createdBy(account: string, log: string): Readonly<Record<string, number>> {
  const created = grantedTo(account, log).filter(({ verb, responseStatus }) => verb === 'create' && responseStatus?.code === 201);
  return Object.fromEntries([...Map.groupBy(created, ({ objectRef }) => objectRef?.resource ?? '')].map(([resource, all]) => [resource, all.length]));
}

function grantedTo(account: string, log: string): Audited[] {
  const isGranted = ({ user, objectRef, annotations }: Audited): boolean =>
    user.username === `system:serviceaccount:${namespace}:${account}` && objectRef?.namespace === namespace && annotations?.['authorization.k8s.io/decision'] === 'allow';
  const lines = readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as Audited);
  return lines.filter(isGranted);
}
