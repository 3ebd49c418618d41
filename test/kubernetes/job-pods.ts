import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { once } from 'node:events';
import path from 'node:path';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type * as k8s from '@kubernetes/client-node';
import { carryOut } from '../../src/runners/kubernetes/in-pod.ts';
import { ORDER, writeLastWord, type PodOrder } from '../../src/runners/kubernetes/order.ts';
import { connectArtifactBucket } from '../../src/stores/s3/artifact-bucket.ts';

const program = path.join(import.meta.dirname, '../contracts/job-runner/program.ts');
const trainer = path.join(import.meta.dirname, '../../src/main/trainer.ts');

export interface JobPod {
  readonly log: PodLog;
  /** How its container ended. */
  readonly ended: Promise<k8s.V1ContainerStateTerminated>;
  stop(): Promise<void>;
}

/**
 * What the image does in a pod of the Kubernetes runner, in this process, with the test program of the runners' suite for the
 * trainer; an image of the name `training` has the trainer itself. Images of the names `starving` and `wordless` end as a kubelet
 * would report it.
 */
export function startJobPod(pod: k8s.V1Pod, { folder, placeOf }: { folder: string; placeOf: (mountPath: string) => string }): JobPod {
  const { image = '', env = [], volumeMounts = [] } = pod.spec?.containers[0] ?? {};
  const text = volumeMounts.reduce((given, { mountPath }) => given.replaceAll(`"${mountPath}/`, `"${placeOf(mountPath)}/`), env.find(({ name }) => name === ORDER)?.value ?? '{}');
  const order = JSON.parse(text) as PodOrder;
  const { region, endpoint, credentials, ...bucket } = order.artifacts;
  const stopping = new AbortController();
  const log = podLog();
  const startedAt = now();
  mkdirSync(folder, { recursive: true });

  async function run(): Promise<k8s.V1ContainerStateTerminated> {
    if (image.includes('starving')) return { exitCode: 137, reason: 'OOMKilled', startedAt, finishedAt: now() };
    if (image.includes('wordless')) return { exitCode: 3, reason: 'Error', startedAt, finishedAt: now() };
    const word = await carryOut({
      order, folder, signal: stopping.signal, programs: { trainer: image.includes('training') ? trainer : program }, say: log.say,
      connect: () => connectArtifactBucket({ ...bucket, ...(region ? { region } : {}), ...(endpoint ? { endpoint } : {}), ...(credentials ? { credentials } : {}), copies: path.join(folder, 'copies') }),
    });
    const isFinished = 'outcome' in word && word.outcome.reason === 'finished';
    return { exitCode: isFinished ? 0 : (('outcome' in word ? word.outcome.exitCode : null) || 1), reason: isFinished ? 'Completed' : 'Error', message: writeLastWord(word), startedAt, finishedAt: now() };
  }

  const ended = run().finally(log.end);
  return {
    log, ended,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

export type PodLog = ReturnType<typeof podLog>;

function podLog() {
  let [text, isOver] = ['', false];
  const followers = new Set<ServerResponse>();
  return {
    say(line: string): void {
      text += `${line}\n`;
      for (const follower of followers) follower.write(`${line}\n`);
    },
    end(): void {
      isOver = true;
      for (const follower of followers) follower.end();
    },
    send(answer: ServerResponse): void {
      answer.writeHead(200, { 'content-type': 'text/plain' }).flushHeaders();
      answer.write(text);
      if (isOver) answer.end();
      else followers.add(answer.on('close', () => followers.delete(answer)));
    },
    /** As when the node's network fails for a moment. */
    breakOff(): void {
      for (const follower of followers) follower.destroy();
    },
  };
}

/** Where the API server asks a node for the logs of its pods, with any certificate. */
export async function serveLogs({ certificates, address, logOf }: { certificates: string; address: string; logOf: (namespace: string, pod: string) => PodLog | undefined }) {
  const at = (name: string): Buffer => readFileSync(path.join(certificates, name));
  const server = createServer({ key: at('apiserver.key'), cert: at('apiserver.crt') }, (asked, answer) => {
    const [, what, namespace = '', pod = ''] = (asked.url ?? '').split(/[/?]/);
    const log = what === 'containerLogs' ? logOf(namespace, pod) : undefined;
    if (log) log.send(answer);
    else answer.writeHead(404).end();
  });
  server.listen(0, address);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

function now(): Date {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z') as never;
}
