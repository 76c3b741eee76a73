import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { Database } from '../../src/platform/database/database';
import { EmbeddedPostgresError } from '../../src/platform/database/embedded/embedded-postgres-error';
import { processIdentity } from '../../src/platform/database/embedded/process-identity';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { createLogger } from '../../src/platform/observability/logger';

const log = createLogger('silent');
const settings = { shared_buffers: '32MB' };

describe('the embedded PostgreSQL', () => {
  let directory: string;
  let running: EmbeddedPostgres | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'quietline-embedded-'));
  });

  afterEach(async () => {
    await running?.stop();
    running = undefined;
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (dataDir = directory) =>
    (running = await startEmbeddedPostgres({ dataDir, log, settings }));

  it('keeps what was committed over a stop and a start', async () => {
    const first = await start();
    await query(first.url, 'CREATE TABLE facts AS SELECT 42 AS id');
    await first.stop();
    expect(isAlive(first.pid)).toBe(false);
    const second = await start();
    expect(await query(second.url, 'SELECT id FROM facts')).toEqual([{ id: 42 }]);
  });

  it('is durable, keeps to this machine and asks for a password', async () => {
    const { url, superuserUrl } = await start();
    expect(
      await query(superuserUrl, `SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY name`, [
        [
          'fsync',
          'full_page_writes',
          'synchronous_commit',
          'listen_addresses',
          'jit',
          'max_connections',
          'unix_socket_directories',
          'data_checksums',
        ],
      ]),
    ).toEqual([
      { name: 'data_checksums', setting: 'on' },
      { name: 'fsync', setting: 'on' },
      { name: 'full_page_writes', setting: 'on' },
      { name: 'jit', setting: 'off' },
      { name: 'listen_addresses', setting: '127.0.0.1' },
      { name: 'max_connections', setting: '100' },
      { name: 'synchronous_commit', setting: 'on' },
      { name: 'unix_socket_directories', setting: '' },
    ]);
    const wrong = new URL(url);
    wrong.password = 'wrong';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect(await query(url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolsuper: false },
    ]);
  });

  it('hides its data and its password from other users', async () => {
    const { pid } = await start();
    expect((await stat(join(directory, 'postgres'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'postgres-password'))).mode & 0o777).toBe(0o600);
    const secret = await readFile(join(directory, 'postgres-password'), 'utf8');
    expect(await readFile(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(secret);
    expect((await readdir(directory)).sort()).toEqual(['postgres', 'postgres-owner', 'postgres-password']);
  });

  it('starts again by itself after a kill -9 of the server, and the pool finds it', async () => {
    const server = await start();
    const database = new Database({ url: server.url, poolSize: 4 }, log);
    try {
      await database.query('CREATE TABLE facts AS SELECT 42 AS id');
      for (let round = 0; round < 3; round += 1) {
        const killed = server.pid;
        process.kill(killed, 'SIGKILL');
        await eventually(() => Promise.resolve(server.pid !== killed));
        await eventually(() => database.isAlive());
        expect(await database.query('SELECT id FROM facts')).toEqual([{ id: 42 }]);
      }
    } finally {
      await database.onApplicationShutdown();
    }
  });

  it('does not start again once it is told to stop, also in the middle of a restart', async () => {
    const server = await start();
    process.kill(server.pid, 'SIGKILL');
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    await expect(stat(join(directory, 'postgres-owner'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a directory that a live process uses, and names it', async () => {
    await start();
    await expect(startEmbeddedPostgres({ dataDir: directory, log })).rejects.toThrow(
      `${directory} is in use by process ${process.pid}`,
    );
    expect(await query(running?.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('names a foreign PG_VERSION in one line and leaves the directory alone', async () => {
    await (await start()).stop();
    await writeFile(join(directory, 'postgres', 'PG_VERSION'), '15\n');
    const refusal: unknown = await start().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(EmbeddedPostgresError);
    expect((refusal as Error).message).toBe(
      `${join(directory, 'postgres')} was made by PostgreSQL 15 and this version comes with PostgreSQL 18: ` +
        'restore a dump of it into a new DATA_DIR, or serve it yourself and set DATABASE_URL.',
    );
    await writeFile(join(directory, 'postgres', 'PG_VERSION'), '18\n');
    await expect(start()).resolves.toBeDefined();
  });

  it('refuses a directory that is not a cluster rather than writing into it', async () => {
    await mkdir(join(directory, 'postgres'));
    await expect(start()).rejects.toThrow('is not a PostgreSQL data directory');
  });

  it('keeps its hands off while the volume that the cluster lies on is not there', async () => {
    await (await start()).stop();
    const password = await readFile(join(directory, 'postgres-password'), 'utf8');
    await rename(join(directory, 'postgres'), join(directory, 'volume'));
    await symlink(join(directory, 'gone'), join(directory, 'postgres'));
    await expect(start()).rejects.toThrow('is not a PostgreSQL data directory: put back what it leads to');
    expect(await readFile(join(directory, 'postgres-password'), 'utf8')).toBe(password);
    await rm(join(directory, 'postgres'));
    await symlink(join(directory, 'volume'), join(directory, 'postgres'));
    await expect(start()).resolves.toBeDefined();
  });

  it('never replaces a password that is there already', async () => {
    await writeFile(join(directory, 'postgres-password'), 'of-an-earlier-start', { mode: 0o600 });
    const { url } = await start();
    expect(new URL(url).password).toBe('of-an-earlier-start');
    expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says that the password beside the cluster is not its own', async () => {
    await (await start()).stop();
    await writeFile(join(directory, 'postgres-password'), 'another');
    await expect(start()).rejects.toThrow('refuses the password');
    await rm(join(directory, 'postgres-password'));
    await expect(start()).rejects.toThrow('cannot be read');
  });

  it('takes no leftover of a killed start for a cluster', async () => {
    await mkdir(join(directory, 'postgres.new-0123'));
    await start();
    expect(await readdir(directory)).not.toContain('postgres.new-0123');
  });

  it('is not fooled by a stale file whose process number lives on in a process of the same user', async () => {
    await (await start()).stop();
    const cluster = join(directory, 'postgres');
    const { uid, gid } = await stat(cluster);
    const other = spawn('sleep', ['600'], { uid, gid, cwd: '/', stdio: 'ignore' });
    try {
      await writeFile(join(cluster, 'postmaster.pid'), `${other.pid}\n${cluster}\n`);
      await expect(start()).resolves.toBeDefined();
      expect(isAlive(other.pid ?? 0)).toBe(true);
    } finally {
      other.kill('SIGKILL');
    }
  });

  describe('when the process that owns it is killed', () => {
    const owners: ChildProcess[] = [];

    afterEach(() => {
      for (const owner of owners.splice(0)) if (owner.exitCode === null) owner.kill('SIGKILL');
    });

    const ownedByAnother = async () => {
      const script = require.resolve('../support/run-typescript.cjs');
      const child = spawn(process.execPath, [
        script,
        require.resolve('../support/embedded-child.ts'),
        directory,
      ]);
      owners.push(child);
      const [line] = (await once(child.stdout, 'data')) as [Buffer];
      return { child, ...(JSON.parse(line.toString()) as { url: string; pid: number }) };
    };

    it('ends by itself', async () => {
      const { child, pid } = await ownedByAnother();
      child.kill('SIGKILL');
      await eventually(() => Promise.resolve(!isAlive(pid)));
      await expect(stat(join(directory, 'postgres', 'postmaster.pid'))).rejects.toMatchObject({
        code: 'ENOENT',
      });
    });

    it('gives way to the next start at once, and loses nothing', async () => {
      const { child, url, pid } = await ownedByAnother();
      await query(url, 'CREATE TABLE facts AS SELECT 42 AS id');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const next = await start();
      expect(isAlive(pid)).toBe(false);
      expect(await query(next.url, 'SELECT id FROM facts')).toEqual([{ id: 42 }]);
    });

    it('is stopped by the next start when its watcher was killed too', async () => {
      const { child, pid } = await ownedByAnother();
      for (const watcher of await watchersOf(pid)) process.kill(watcher, 'SIGKILL');
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(isAlive(pid)).toBe(true);
      await start();
      expect(isAlive(pid)).toBe(false);
    });

    it('starts on the stale file of a server that was killed with it', async () => {
      const { child, url, pid } = await ownedByAnother();
      await query(url, 'CREATE TABLE facts AS SELECT 42 AS id');
      child.kill('SIGKILL');
      process.kill(pid, 'SIGKILL');
      await once(child, 'exit');
      expect(await query((await start()).url, 'SELECT id FROM facts')).toEqual([{ id: 42 }]);
    });
  });

  const asRoot = process.getuid?.() === 0 ? describe : describe.skip;
  asRoot('as root', () => {
    it('runs the server as an unprivileged user', async () => {
      const { pid } = await start();
      expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\s+65534\s+65534\s/m);
      expect((await stat(join(directory, 'postgres'))).uid).toBe(65_534);
    });

    it('works below a directory that only root may pass, and leaves a link there', async () => {
      await chmod(directory, 0o700);
      const dataDir = join(directory, 'kept');
      const first = await start(dataDir);
      await query(first.url, 'CREATE TABLE facts AS SELECT 42 AS id');
      const home = await readFile(`/proc/${first.pid}/environ`, 'utf8');
      const cluster = /PGDATA=([^\0]+)/.exec(home)?.[1] ?? '';
      expect(cluster).toMatch(/^\/var\/lib\/quietline\/clusters\//);
      await first.stop();
      try {
        expect(await query((await start(dataDir)).url, 'SELECT id FROM facts')).toEqual([{ id: 42 }]);
      } finally {
        await running?.stop();
        await rm(cluster, { recursive: true });
      }
    });
  });
});

/** The shell that waits for our end: a session mate of the server that is no PostgreSQL. */
async function watchersOf(pid: number): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const line = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    const session = line.slice(line.lastIndexOf(')') + 2).split(' ')[3];
    if (session === String(pid) && line.includes('(sh)')) found.push(Number(name));
  }
  if (found.length === 0) throw new Error('The server has no watcher.');
  return found;
}

async function query(url: string, sql: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as unknown[];
  } finally {
    await client.end();
  }
}

/** A dead process that nobody has asked after still has its number, but no identity. */
function isAlive(pid: number): boolean {
  return processIdentity(pid) !== undefined;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('It did not come to pass within 20 s.');
    await new Promise((done) => setTimeout(done, 10));
  }
}
