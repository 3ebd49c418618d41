import { copyFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { obtainOnce } from './cache.ts';
import { withLock } from './file-lock.ts';
import { megabytes, reported } from './report.ts';
import type { Report } from './report.ts';
import { run, runToEnd } from './run-command.ts';
import { libtensorflow, platform, wheelFor } from './versions.ts';
import { unpackWheel } from './wheel.ts';

const resolve = createRequire(import.meta.url);
/** The headers that the addon includes, and no others: the wheel's are thousands. */
const headers = ['c/', 'core/platform/ctstring', 'tsl/c/', 'tsl/platform/ctstring'];
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/**
 * Makes @tensorflow/tfjs-node loadable and returns the folder of libtensorflow's libraries. Its own install script is never
 * run: it takes another libtensorflow, from a host that many networks refuse, and equal weights need one version everywhere.
 */
export async function obtainTensorflow(options: { cache: string; report: Report }): Promise<string> {
  return reported({
    part: `libtensorflow ${libtensorflow.version}`,
    report: options.report,
    work: async (working) => {
      const native = await obtainLibraries({ ...options, working });
      const addon = await obtainAddon({ ...options, working, source: native.folder });
      const linked = await linkIntoPackage({ libraries: native.folder, addon: path.join(addon.folder, 'tfjs_binding.node') });
      const done = [
        native.wasThere ? 'in cache' : `${megabytes(downloadBytes())} from the package index`,
        addon.wasThere ? [] : 'addon compiled',
        linked && addon.wasThere ? 'addon linked' : [],
      ];
      return { result: native.folder, detail: done.flat().join(', '), wasThere: native.wasThere && addon.wasThere && !linked };
    },
  });
}

async function obtainLibraries(options: { cache: string; working: (detail: string) => void }) {
  return obtainOnce({
    cache: options.cache,
    part: 'libtensorflow',
    key: `${libtensorflow.version}-${platform}`,
    make: async (temporary) => {
      const wheel = wheelFor({ part: 'libtensorflow', wheels: libtensorflow.wheels, instead: 'use the container image, or a linux-x64 machine' });
      await unpackWheel({
        wheel,
        folder: temporary,
        // The wheel of one fixed Python, whichever one runs pip: only its libraries and headers are used.
        pipOptions: ['--implementation', 'cp', '--python-version', '3.11', '--abi', 'cp311', '--platform', 'manylinux2014_x86_64'],
        members: [
          ...libraries.map((name) => `tensorflow/${name.replaceAll('.', '\\.')}$`),
          ...headers.map((name) => `tensorflow/include/tensorflow/${name}`),
        ],
        working: options.working,
      });
    },
  });
}

/** The two source files of tfjs-node's addon, compiled in one call; node-pre-gyp would want Node's headers from outside. */
async function obtainAddon(options: { cache: string; source: string; working: (detail: string) => void }) {
  return obtainOnce({
    cache: options.cache,
    part: 'tfjs-addon',
    key: `${libtensorflow.tfjsNode}-${libtensorflow.version}-${platform}`,
    make: async (temporary) => {
      options.working('compiling the addon');
      const tensorflow = path.join(options.source, 'tensorflow');
      const { include_dir: nodeHeaders } = resolve('node-api-headers') as { include_dir: string };
      await run({
        command: process.env.CXX || 'g++',
        args: [
          '-std=c++17', '-O2', '-fPIC', '-shared', '-w', `-DNAPI_VERSION=${napiVersion()}`, `-I${tensorflow}/include`, `-I${nodeHeaders}`,
          'binding/tfjs_backend.cc', 'binding/tfjs_binding.cc', `-L${tensorflow}`, ...libraries.map((name) => `-l:${name}`),
          '-Wl,-rpath,$ORIGIN/../../deps/lib', '-o', path.join(temporary, 'tfjs_binding.node'),
        ],
        cwd: packageFolder(),
        timeoutMs: 10 * 60_000,
      });
    },
  });
}

/** Puts cached files where tfjs-node looks for them and proves that it computes; true when something had to be done. */
async function linkIntoPackage(options: { libraries: string; addon: string }): Promise<boolean> {
  const target = path.join(options.libraries, 'tensorflow');
  const link = path.join(packageFolder(), 'deps/lib');
  const addon = path.join(packageFolder(), 'lib', `napi-v${napiVersion()}`, 'tfjs_binding.node');
  const proof = `${addon}.proved`;
  const isDone = () => existsSync(proof) && readFileSync(proof, 'utf8') === target && existsSync(link) && readlinkSync(link) === target;
  if (isDone()) return false;
  return withLock(path.join(packageFolder(), '.almanac-lock'), async () => {
    if (isDone()) return false;
    for (const file of [path.dirname(link), path.dirname(addon)]) {
      rmSync(file, { recursive: true, force: true });
      mkdirSync(file, { recursive: true });
    }
    symlinkSync(target, link, 'dir');
    copyFileSync(options.addon, addon); // a copy: the libraries are found relative to it
    await proveThatItComputes();
    writeFileSync(proof, target);
    return true;
  });
}

async function proveThatItComputes(): Promise<void> {
  const loader = new URL('../models/tfjs.ts', import.meta.url);
  const program = `const { tf } = await import(${JSON.stringify(loader.href)});
    if (tf.getBackend() !== 'tensorflow' || tf.tensor2d([[1, 2], [3, 4]]).matMul(tf.eye(2)).dataSync().join() !== '1,2,3,4') process.exit(3);`;
  const { code, stderr } = await runToEnd({ command: process.execPath, args: ['--input-type=module', '--eval', program], timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`@tensorflow/tfjs-node does not load (exit code ${code}): ${stderr.trim().slice(-1500)}`);
}

function downloadBytes(): number {
  return wheelFor({ part: 'libtensorflow', wheels: libtensorflow.wheels, instead: '' }).bytes;
}

function packageFolder(): string {
  return path.dirname(resolve.resolve('@tensorflow/tfjs-node/package.json'));
}

/** The addon folder that tfjs-node's loader picks: its highest version that this Node knows. */
function napiVersion(): number {
  const { binary } = resolve('@tensorflow/tfjs-node/package.json') as { binary: { napi_versions: number[] } };
  return Math.max(...binary.napi_versions.filter((version) => version <= Number(process.versions.napi)));
}
