import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error';

/** The programs of one PostgreSQL version, ready to be run by the unprivileged user. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** The major version: what a data directory must have been made with. */
  readonly major: string;
}

interface NativePackage {
  readonly root: string;
  readonly version: string;
}

/**
 * Finds the PostgreSQL that comes with the packages and makes it runnable. With `copyTo` the programs are copied
 * there first, once a version: root's `node_modules` may lie where the unprivileged user cannot go, and they must
 * not change below a running server when packages are installed anew.
 */
export async function preparePostgresBinaries(copyTo: string | undefined): Promise<PostgresBinaries> {
  const native = await findNativePackage();
  const root = join(native.root, 'native');
  const home = copyTo === undefined ? root : await copyOnce(root, join(copyTo, native.version), native.root);
  if (copyTo === undefined) await completeBinaries(root, native.root);
  return {
    initdb: join(home, 'bin', 'initdb'),
    postgres: join(home, 'bin', 'postgres'),
    major: native.version.split('.')[0] ?? '',
  };
}

async function findNativePackage(): Promise<NativePackage> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // Resolved from the package that lists it, wherever an installer puts optional packages.
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = dirname(dirname(entry));
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
    return { root, version: manifest.version };
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `No embedded PostgreSQL for ${process.platform} ${process.arch} is installed (package ${name}): ` +
        'run "npm ci" without leaving out optional packages, or set DATABASE_URL.',
      { cause },
    );
  }
}

/** A copy is complete once it stands under its name: it is made aside and renamed. */
async function copyOnce(native: string, home: string, packageRoot: string): Promise<string> {
  if (await exists(home)) return home;
  const aside = `${home}.${randomBytes(6).toString('hex')}`;
  try {
    for (const directory of [dirname(dirname(home)), dirname(home)]) {
      await mkdir(directory, { recursive: true });
      await chmod(directory, (await lstat(directory)).mode | 0o111);
    }
    await cp(native, aside, { recursive: true, verbatimSymlinks: true });
    await completeBinaries(aside, packageRoot);
    // Installed under a strict umask the files are root's alone.
    await promisify(execFile)('chmod', ['-R', 'a+rX', aside]);
    await rename(aside, home);
  } catch (cause) {
    await rm(aside, { recursive: true, force: true });
    // Another start was faster: its copy is as good.
    if (await exists(home)) return home;
    throw new EmbeddedPostgresError(
      `PostgreSQL cannot be copied to ${home}, from where its unprivileged user runs it: ${String(cause)}`,
      { cause },
    );
  }
  return home;
}

/** Does what the package's install script does, which an installer may have been told to leave out. */
async function completeBinaries(native: string, packageRoot: string): Promise<void> {
  const links = JSON.parse(await readFile(join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const path = join(native, relative('native', target));
    if (!(await exists(path))) await symlink(relative(dirname(target), source), path);
  }
  for (const program of ['initdb', 'postgres']) {
    const path = join(native, 'bin', program);
    if (((await lstat(path)).mode & 0o111) !== 0o111) await chmod(path, 0o755);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch {
    return false;
  }
}
