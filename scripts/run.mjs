#!/usr/bin/env node
// Runs a program of this repository under its own Node 24, and installs what is missing first; needs only Node 20 and npm.
//
//   node scripts/run.mjs examples/northwind/main.ts --crash     a file, with `troupe` meaning the source
//   node scripts/run.mjs vitest run                             a command of an installed package
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const windows = process.platform === 'win32';
const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

/** @param {string} message @returns {never} */
function fail(message) {
  console.error(`troupe: ${message}`);
  process.exit(1);
}

/** @param {string} path @returns {any} */
function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/** What `npm ci` has to bring: nothing, everything (no install yet), or what the lock file has gained since. */
function missing() {
  const installed = join(modules, '.package-lock.json');
  if (!existsSync(installed)) return 'everything';
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const present = readJson(installed).packages;
  const direct = { ...wanted[''].dependencies, ...wanted[''].devDependencies };
  const stale = Object.keys(direct).filter(name => {
    const path = `node_modules/${name}`;
    return wanted[path]?.version !== present[path]?.version || !existsSync(join(root, path));
  });
  return stale.join(', ');
}

/** @param {string[]} args */
function npm(args) {
  // npm names its own program when it runs us; without it the command on the PATH is used.
  const own = process.env['npm_execpath'];
  const [command, first] = own?.endsWith('.js') ? [process.execPath, [own]] : ['npm', []];
  return spawnSync(command, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2], shell: windows && !own });
}

function install() {
  const what = missing();
  if (what === '') return;
  const everything = what === 'everything';
  console.error(everything ? 'troupe: installing dependencies (once)' : `troupe: updating dependencies: ${what}`);
  // No dependency's script runs here. Only `node` needs its own, which fetches the binary: see node().
  const args = [everything ? 'ci' : 'install', '--ignore-scripts', ...quiet];
  const { status, error } = npm(args);
  if (status !== 0) {
    fail(
      `\`npm ${args[0]}\` failed (${error?.message ?? `exit ${status}`}). Look at the message above, then try again.`,
    );
  }
}

/** The Node 24 that came with the dependencies, or this one if it runs TypeScript itself. */
function node() {
  const path = join(modules, 'node', 'bin', windows ? 'node.exe' : 'node');
  const works = () => existsSync(path) && spawnSync(path, ['--version']).status === 0;
  if (works()) return path;
  // Runs the script of this one package, and links it so that npm scripts find it first on their PATH.
  npm(['rebuild', 'node', '--ignore-scripts=false', ...quiet]);
  if (works()) return path;
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major >= 24 || (major === 22 && minor >= 18)) return process.execPath;
  return fail(
    'the package `node` could not fetch a binary for this machine. Look at the message above, or use Node 22.18 or newer.',
  );
}

/** @param {string} command @returns {string[]} */
function program(command) {
  if (/\.[cm]?[jt]s$/.test(command)) {
    const file = join(root, command);
    if (!existsSync(file)) fail(`there is no file ${command} in this repository.`);
    return ['--import', pathToFileURL(join(root, 'scripts/from-source.mjs')).href, file];
  }
  const home = join(modules, command);
  if (!existsSync(home)) fail(`no installed package is called ${command}.`);
  const { bin } = readJson(join(home, 'package.json'));
  return [join(home, typeof bin === 'string' ? bin : bin[command])];
}

/** @param {string[]} args */
function run(args) {
  const [command, ...rest] = args;
  if (command === undefined) fail('say what to run: a file of this repository or a command of an installed package.');
  // Whatever the program starts by name finds the same commands an npm script finds.
  const env = { ...process.env, PATH: join(modules, '.bin') + delimiter + (process.env['PATH'] ?? '') };
  const child = spawn(node(), [...program(command), ...rest], { stdio: 'inherit', env });
  // A terminal sends its signals to the child too; anything else sends them to us alone. We stay until the child ends.
  process.on('SIGINT', () => {});
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP'])) process.on(signal, () => child.kill(signal));
  child.on('error', error => fail(`cannot start ${command}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

if (Number(process.versions.node.split('.')[0]) < 20) {
  fail(`this repository needs Node 20 or newer to start; this is ${process.versions.node}.`);
}
install();
run(process.argv.slice(2));
