import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const folder = join(import.meta.dirname, 'pages');
const chart = (name: string): string => createRequire(import.meta.url).resolve(`uplot/dist/${name}`);
const types = { html: 'text/html', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' } as const;

/** Everything a browser gets beside data; nothing comes from elsewhere. */
const assets: Readonly<Record<string, string>> = {
  'uplot.js': chart('uPlot.iife.min.js'), 'uplot.css': chart('uPlot.min.css'),
  ...Object.fromEntries(['icon.svg', 'style.css', 'list.js', 'rollup.js', 'api.js', 'chart.js', 'categories.js', 'live.js', 'text.js', 'series.js'].map((name) => [name, join(folder, name)])),
};

/** Scripts and styles of ours alone, none written into a page, data from here alone, in nobody's frame. */
const policy = ["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"].join('; ');

interface Served {
  readonly type: string;
  readonly content: Buffer;
  readonly etag: string;
}

/** The pages. They hold no data, so they need no key: their scripts ask the API. */
export function addPages(app: FastifyInstance): void {
  const hidden = { schema: { hide: true } };
  const served = new Map(Object.entries(assets).map(([name, file]) => [name, readAsset(file)]));
  const [list, rollup] = ['list.html', 'rollup.html'].map((name) => readAsset(join(folder, name))) as [Served, Served];

  app.get('/', hidden, (request, reply) => send(request, reply, list));
  app.get('/rollups/:property', hidden, (request, reply) => send(request, reply, rollup));
  app.get<{ Params: { name: string } }>('/assets/:name', hidden, (request, reply) => {
    const asset = served.get(request.params.name);
    return asset === undefined ? reply.callNotFound() : send(request, reply, asset);
  });
}

function readAsset(file: string): Served {
  const content = readFileSync(file);
  return { content, type: `${types[file.slice(file.lastIndexOf('.') + 1) as keyof typeof types]}; charset=utf-8`, etag: `"${hash('sha256', content, 'base64url').slice(0, 22)}"` };
}

function send(request: FastifyRequest, reply: FastifyReply, { content, type, etag }: Served): FastifyReply {
  reply.header('content-security-policy', policy).header('referrer-policy', 'no-referrer').header('cross-origin-opener-policy', 'same-origin')
    .header('etag', etag).header('cache-control', 'no-cache');
  return request.headers['if-none-match'] === etag ? reply.code(304).send() : reply.header('content-type', type).send(content);
}
