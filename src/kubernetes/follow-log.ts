import { once } from 'node:events';
import { request as insecureRequest, type IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';

export interface FollowedLog {
  readonly config: KubeConfig;
  readonly server: string;
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Until the log begins to come; what comes then may pause for as long as it likes. */
  readonly answerWithinMs: number;
}

/**
 * A container's log as a stream that ends with the container. The client's own way to it has nobody listen for the stream's
 * errors, so a connection that breaks would end the process.
 */
export async function followLog({ config, server, namespace, pod, container, answerWithinMs }: FollowedLog): Promise<IncomingMessage> {
  const url = new URL(`${server}/api/v1/namespaces/${namespace}/pods/${pod}/log?container=${container}&follow=true`);
  const options: RequestOptions = {};
  await config.applyToHTTPSOptions(options);
  // Both its agent and its type are those of another library.
  const asking = (url.protocol === 'http:' ? insecureRequest : request)(url, { ...options, agent: false, signal: undefined });
  asking.setTimeout(answerWithinMs, () => asking.destroy(new Error(`no answer in ${answerWithinMs / 1000} s`)));
  asking.end();
  const [answer] = (await once(asking, 'response')) as [IncomingMessage];
  asking.setTimeout(0);
  asking.on('error', () => answer.destroy());
  if (answer.statusCode === 200) return answer;
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  throw Object.assign(new Error(`HTTP ${answer.statusCode}`), { code: answer.statusCode, body: Buffer.concat(chunks).toString(), headers: answer.headers });
}
