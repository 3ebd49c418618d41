import { createReadStream, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { cacheFolder, obtainOnce } from '../src/parts/cache.ts';
import { root } from '../src/main/root.ts';

/** What a page asked for and complained of, from its first moment on. */
export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console and of scripts. */
  readonly errors: string[];
  /** Addresses that were asked for, with `path?query`. */
  readonly asked: string[];
  /** Addresses beyond loopback: they are refused, and should be none. */
  readonly strayed: string[];
}

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  // No name leads anywhere.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
];
const packageFolder = join(root, 'node_modules/@sparticuz/chromium');

/** A headless Chromium with a profile of its own. ALMANAC_TEST_CHROMIUM names another one, for machines that the package's is not for. */
export async function openBrowser(): Promise<Browser> {
  const own = process.env.ALMANAC_TEST_CHROMIUM;
  if (own) return chromium.launch({ executablePath: own, args: flags, timeout: 60_000 });
  const folder = await obtainChromium();
  const fonts = join(tmpdir(), 'almanac-test-fonts.conf');
  writeFileSync(fonts, `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}/fonts</dir><cachedir>${tmpdir()}/almanac-test-fonts</cachedir></fontconfig>`);
  return chromium.launch({ executablePath: join(folder, 'chromium'), args: flags, timeout: 60_000, env: { ...process.env, FONTCONFIG_FILE: fonts, LD_LIBRARY_PATH: join(folder, 'lib') } });
}

/** The browser that the npm package holds, with its libraries and a font, unpacked once. Nothing is downloaded, and nothing needs root. */
async function obtainChromium(): Promise<string> {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string };
  const { folder } = await obtainOnce({
    cache: cacheFolder(), part: 'chromium', key: version,
    async make(temporary) {
      const packed = (name: string) => [createReadStream(join(packageFolder, 'bin', name)), createBrotliDecompress()] as const;
      await pipeline(...packed('chromium.br'), createWriteStream(join(temporary, 'chromium'), { mode: 0o755 }));
      for (const archive of ['fonts.tar.br', 'al2023.tar.br']) {
        const tar = spawn('tar', ['--extract', '--directory', temporary], { stdio: ['pipe', 'ignore', 'inherit'] });
        const ended = once(tar, 'exit');
        await pipeline(...packed(archive), tar.stdin);
        const [code] = await ended;
        if (code !== 0) throw new Error(`tar could not unpack ${archive}`);
      }
    },
  });
  return folder;
}

export async function openPage(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 1000 }, locale: 'en-GB', ...options });
  const [errors, asked, strayed] = [[], [], []] as [string[], string[], string[]];
  await context.route((to) => to.hostname !== '127.0.0.1', (route) => {
    strayed.push(route.request().url());
    return route.abort();
  });
  const page = await context.newPage();
  page.on('console', (message) => void (message.type() === 'error' && errors.push(message.text())));
  page.on('pageerror', (error) => void errors.push(String(error)));
  page.on('request', (request) => void asked.push(request.url().replace(/^\w+:\/\/[^/]+/, '')));
  await page.goto(url);
  return { page, context, errors, asked, strayed };
}
