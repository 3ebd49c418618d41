import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import * as k8s from '@kubernetes/client-node';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly isWatch: boolean;
}

/** What is answered instead of handing a request on; null hands it on. `drop-watch` lets a watch begin and cuts it off. */
export type Fault = { readonly status: number; readonly headers?: Record<string, string> } | 'stall' | 'drop-watch' | 'too-old' | null;

/** A relay before the real API server that answers some requests itself, as an overloaded or failing server would. */
export async function faultyRelay({ kubeconfig, file }: { kubeconfig: string; file: string }) {
  const config = new k8s.KubeConfig();
  config.loadFromFile(kubeconfig);
  const cluster = config.getCurrentCluster();
  const target = new URL(cluster?.server ?? '');
  const ca = readFileSync(cluster?.caFile ?? '');
  const seen: Asked[] = [];
  const state = { fault: (_asked: Asked): Fault => null };

  const server = createServer((incoming, answer) => {
    const url = new URL(incoming.url ?? '/', target);
    const asked = { method: incoming.method ?? '', url, isWatch: url.searchParams.has('watch') };
    seen.push(asked);
    const fault = state.fault(asked);
    if (fault === null || fault === 'drop-watch') handOn(incoming, answer, url, fault === 'drop-watch');
    else if (fault === 'too-old') answer.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify({ type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired', message: 'too old resource version' } })}\n`);
    else if (fault !== 'stall') answer.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers }).end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', message: `told to answer ${fault.status}`, code: fault.status }));
  });
  function handOn(incoming: IncomingMessage, answer: ServerResponse, url: URL, isDropped: boolean): void {
    const onward = request(url, { method: incoming.method, headers: { ...incoming.headers, host: target.host }, ca, agent: false }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      if (isDropped) {
        answer.flushHeaders();
        onward.destroy();
        answer.destroy();
      } else reply.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const token = config.getCurrentUser()?.token ?? '';
  const kubeconfigHere = {
    apiVersion: 'v1', kind: 'Config', 'current-context': 'relay',
    // Without TLS: the client wants to be told that this is meant.
    clusters: [{ name: 'relay', cluster: { server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'relay', user: { token } }],
    contexts: [{ name: 'relay', context: { cluster: 'relay', user: 'relay' } }],
  };
  writeFileSync(file, JSON.stringify(kubeconfigHere), { mode: 0o600 });
  return {
    kubeconfig: file, seen, state,
    async dispose(): Promise<void> {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
