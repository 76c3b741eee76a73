import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../../observability/logger';
import { EmbeddedPostgresError } from './embedded-postgres-error';
import type { PostgresBinaries } from './postgres-binaries';
import { canReach, type UnprivilegedUser } from './unprivileged-user';

/** The superuser of the embedded server; the product itself connects as an ordinary owner of its database. */
export const SUPERUSER = 'postgres';

/** A PostgreSQL data directory that is complete and fits the programs. */
export interface PostgresCluster {
  /** The data directory itself, without symbolic links. */
  readonly directory: string;
  readonly password: string;
}

interface ClusterOptions {
  readonly dataDir: string;
  /** Where a cluster goes when the unprivileged user cannot reach `dataDir`. */
  readonly rootHome: string;
  readonly binaries: PostgresBinaries;
  readonly user: UnprivilegedUser | undefined;
  readonly log: Log;
}

/** Finds the cluster of a data directory or makes it; a half-made one of a killed start is never taken for whole. */
export async function prepareCluster(options: ClusterOptions): Promise<PostgresCluster> {
  const link = join(options.dataDir, 'postgres');
  const passwordFile = join(options.dataDir, 'postgres-password');
  if (await isAbsent(link)) {
    await makeCluster(options, link, await keepPassword(passwordFile));
  } else if (!(await isCluster(link))) {
    throw new EmbeddedPostgresError(
      `${link} is not a PostgreSQL data directory: put back what it leads to, or move it away, and start again.`,
    );
  }
  const directory = await realpath(link);
  await refuseForeignVersion(directory, options.binaries.major);
  if (options.user !== undefined && !canReach(options.user, directory)) {
    throw new EmbeddedPostgresError(
      `${directory} cannot be reached by the user ${options.user.uid} that PostgreSQL runs as: ` +
        'make the directories above it passable, set another DATA_DIR, or set DATABASE_URL.',
    );
  }
  return { directory, password: await readPassword(passwordFile) };
}

/**
 * Only where there is nothing at all may a cluster be made. A link to a volume that is not there now, or a directory
 * that we may not look into, stands for a cluster.
 */
async function isAbsent(link: string): Promise<boolean> {
  try {
    await lstat(link);
    return false;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw new EmbeddedPostgresError(`${link} cannot be looked at: ${String(cause)}`, { cause });
  }
}

/** Every whole cluster has this file; one that is being made stands under another name. */
async function isCluster(directory: string): Promise<boolean> {
  try {
    await stat(join(directory, 'PG_VERSION'));
    return true;
  } catch {
    return false;
  }
}

/** A password that is there already may be that of a cluster, so it is used and never replaced. */
async function keepPassword(file: string): Promise<string> {
  if (await isAbsent(file)) {
    const draft = `${file}.new`;
    await writeDurably(draft, randomBytes(24).toString('base64url'));
    await rename(draft, file);
    await syncDirectory(dirname(file));
  }
  return readPassword(file);
}

async function refuseForeignVersion(directory: string, major: string): Promise<void> {
  const found = (await readFile(join(directory, 'PG_VERSION'), 'utf8')).trim();
  if (found === major) return;
  throw new EmbeddedPostgresError(
    `${directory} was made by PostgreSQL ${found} and this version comes with PostgreSQL ${major}: ` +
      'restore a dump of it into a new DATA_DIR, or serve it yourself and set DATABASE_URL.',
  );
}

async function readPassword(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    throw new EmbeddedPostgresError(`${file}, the password of the database beside it, cannot be read.`, {
      cause,
    });
  }
}

async function makeCluster(options: ClusterOptions, link: string, password: string): Promise<void> {
  await removeHalfMade(options.dataDir);
  const home = await clusterHome(options, link);
  const aside = `${home}.new-${randomBytes(6).toString('hex')}`;
  options.log.info({ directory: home }, 'Making the embedded database.');
  try {
    await mkdir(aside, { recursive: true, mode: 0o700 });
    await giveTo(options.user, aside);
    await runInitdb(options, aside, password);
    await rename(aside, home);
    await syncDirectory(dirname(home));
    if (home !== link) await symlink(home, link);
  } catch (error) {
    await rm(aside, { recursive: true, force: true });
    throw error;
  }
}

/** What starts that were killed have left; we hold the lock of the data directory. */
async function removeHalfMade(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith('postgres.new-')) await rm(join(dataDir, name), { recursive: true, force: true });
  }
}

/**
 * The cluster lies in the data directory. Below a directory that only root may pass the server could not reach
 * it: then it lies in root's own place and the data directory holds a link to it.
 */
async function clusterHome(options: ClusterOptions, link: string): Promise<string> {
  if (options.user === undefined || canReach(options.user, options.dataDir)) return link;
  const clusters = join(options.rootHome, 'clusters');
  await mkdir(clusters, { recursive: true });
  await chmod(options.rootHome, 0o711);
  await chmod(clusters, 0o711);
  return join(clusters, randomBytes(8).toString('hex'));
}

/**
 * The builtin provider sorts by code point, so an index means the same on every machine. The password is handed
 * over in a file that only the server's user can read and that is gone afterwards.
 */
async function runInitdb(options: ClusterOptions, directory: string, password: string): Promise<void> {
  const passwordFile = `${directory}.password`;
  await writeDurably(passwordFile, password);
  await giveTo(options.user, passwordFile);
  try {
    await run(
      options.binaries.initdb,
      [
        `--pgdata=${directory}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--data-checksums',
      ],
      options.user,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

function run(program: string, args: readonly string[], user: UnprivilegedUser | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
    const child = spawn(program, args, { ...user, cwd: '/', env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (said += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new EmbeddedPostgresError(`initdb failed: ${said.trim().replaceAll('\n', ' ')}`));
    });
  });
}

async function writeDurably(file: string, text: string): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function giveTo(user: UnprivilegedUser | undefined, path: string): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/**
 * Makes the data directory. As root others may pass through it, not look into it, so that the server reaches its
 * cluster inside; every secret in it has mode 0600.
 */
export async function prepareDataDirectory(
  dataDir: string,
  user: UnprivilegedUser | undefined,
): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: user === undefined ? 0o700 : 0o711 });
    const { mode } = await stat(dataDir);
    if (user !== undefined && (mode & 0o001) === 0) await chmod(dataDir, (mode & 0o777) | 0o011);
  } catch (cause) {
    throw new EmbeddedPostgresError(`The data directory ${dataDir} cannot be made: ${String(cause)}`, {
      cause,
    });
  }
}
