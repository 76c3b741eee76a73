/**
 * Makes a clone ready to run, with nothing but Node: installs the packages of the lock file and compiles the
 * sources, each only when that is out of date. Any number of processes may ask for it at once.
 *
 *   node scripts/prepare.mjs
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const temporary = join(root, '.tmp');
const stampFile = join(root, 'dist', '.built-from');

/** Installs and builds. @throws Error with one line when either fails. */
export function prepare() {
  install();
  build();
}

/** What is shipped has no sources: it is complete as it is. */
const isClone = existsSync(join(root, 'tsconfig.build.json'));

/** Installs the packages of the lock file unless exactly those are there. */
export function install() {
  if (!isClone || isInstalled()) return;
  locked('install', () => {
    if (isInstalled()) return;
    say('Installing packages …');
    // As the lock file says and without changing it. `npm ci` would refuse a lock file that was written where the
    // registry had no packages for some other system, although nothing of it is needed here.
    const args = ['install', '--no-save', '--include=dev', '--include=optional', '--loglevel=error'];
    run(npm(), args, 'Installing the packages failed.');
  });
}

/** Compiles the sources into `dist` unless it was compiled from exactly these. */
export function build() {
  if (!isClone || isBuilt()) return;
  locked('build', () => {
    const stamp = sourceStamp();
    if (isBuilt(stamp)) return;
    say('Building …');
    rmSync(stampFile, { force: true });
    run(
      [process.execPath, join(root, 'node_modules/typescript/bin/tsc')],
      ['-p', 'tsconfig.build.json'],
      'The build failed.',
    );
    writeFileSync(stampFile, stamp);
  });
}

/** npm keeps what it installed in a lock file of its own; optional packages of other systems are not in it. */
function isInstalled() {
  const wanted = readJson(join(root, 'package-lock.json'));
  const found = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (wanted === undefined || found === undefined) return false;
  return Object.entries(wanted.packages).every(([path, one]) => {
    if (path === '') return true;
    const there = found.packages[path];
    if (there === undefined) return one.optional === true || one.devOptional === true;
    return there.version === one.version && there.integrity === one.integrity;
  });
}

function isBuilt(stamp = sourceStamp()) {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
}

/** Everything that the compiler reads, by name, size and time of change. */
function sourceStamp() {
  const hash = createHash('sha256');
  for (const name of ['src', 'migrations', 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json']) {
    for (const file of filesOf(join(root, name))) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest('hex');
}

function filesOf(path) {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  if (!found.isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

/** One process works, the others wait for it; the file of a process that has died is taken away. */
function locked(what, work) {
  mkdirSync(temporary, { recursive: true });
  const file = join(temporary, `${what}.lock`);
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    while (!tryLink(own, file)) {
      const owner = Number(readText(file) ?? process.pid);
      if (!isAlive(owner)) rmSync(file, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    try {
      work();
    } finally {
      rmSync(file, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(from, to) {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** The npm that started us, else the one on the path. */
export function npm() {
  const script = process.env.npm_execpath;
  return script !== undefined && /npm-cli\.[cm]?js$/.test(script) ? [process.execPath, script] : ['npm'];
}

function run([program, ...first], args, fault) {
  // What tools say goes to standard error: standard output belongs to the program that asked.
  const { status, error } = spawnSync(program, [...first, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (error !== undefined) throw new Error(`${fault} ${error.message}`);
  if (status !== 0) throw new Error(fault);
}

function say(line) {
  process.stderr.write(`${line}\n`);
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function readJson(file) {
  const text = readText(file);
  return text === undefined ? undefined : JSON.parse(text);
}

/** Ends a script with one line instead of a stack when preparing fails. */
export function orExit(work) {
  try {
    return work();
  } catch (error) {
    say(error.message);
    process.exit(1);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) orExit(prepare);
