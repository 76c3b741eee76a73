import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { Log } from '../observability/logger';
import { lockDirectory } from './embedded/directory-lock';
import { EmbeddedPostgresError } from './embedded/embedded-postgres-error';
import { preparePostgresBinaries } from './embedded/postgres-binaries';
import {
  type PostgresCluster,
  prepareCluster,
  prepareDataDirectory,
  SUPERUSER,
} from './embedded/postgres-cluster';
import { type PostgresSettings, postgresSettings } from './embedded/postgres-settings';
import { clearDirectory, Postmaster, type PostmasterOptions } from './embedded/postmaster';
import { unprivilegedUser } from './embedded/unprivileged-user';

/** Root's place for what the unprivileged user must reach (RULINGS 26). */
const ROOT_HOME = '/var/lib/quietline';
/** The product's database, and the ordinary user who owns it. */
const DATABASE = 'quietline';
/** SQLSTATE of `invalid_password`. */
const INVALID_PASSWORD = '28P01';
const START_TRIES = 40;
/** What a server says that finds another one's memory or file while that one is still going. */
const LEFT_OVER = /pre-existing shared memory block|lock file "postmaster\.pid" already exists/;
const LEFT_OVER_PAUSE_MS = 250;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;
/** A server that ran this long did not fail to start: the next restart is quick again. */
const SETTLED_MS = 2_000;

/** A PostgreSQL of our own, which lives no longer than this process. */
export interface EmbeddedPostgres {
  /** Where the product connects: the owner of the database, no superuser. It stays the same over restarts. */
  readonly url: string;
  /** For tests and repairs. */
  readonly superuserUrl: string;
  /** The present server process; another after a crash. */
  readonly pid: number;
  /** Ends all sessions and the server. What was committed is kept. */
  stop(): Promise<void>;
}

export interface EmbeddedPostgresOptions {
  readonly dataDir: string;
  readonly log: Log;
  /** Instead of the usual ones, for tests. */
  readonly settings?: PostgresSettings;
}

/**
 * Starts the PostgreSQL that comes with the packages on the cluster in `dataDir`, which is made at first start.
 * When the server dies it is started again until it runs; meanwhile connecting fails.
 * @throws EmbeddedPostgresError when it cannot run here; the message is one line.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32') {
    throw new EmbeddedPostgresError('The embedded PostgreSQL does not run on Windows: set DATABASE_URL.');
  }
  const { dataDir, log } = options;
  const user = await unprivilegedUser();
  await prepareDataDirectory(dataDir, user);
  const unlock = lockDirectory(join(dataDir, 'postgres-owner'), dataDir);
  try {
    const binaries = await preparePostgresBinaries(user && join(ROOT_HOME, 'postgresql'));
    const cluster = await prepareCluster({ dataDir, rootHome: ROOT_HOME, binaries, user, log });
    const server = new Server(cluster, unlock, log, (port) => ({
      postgres: binaries.postgres,
      directory: cluster.directory,
      settings: { ...postgresSettings(port), ...options.settings },
      user,
      log,
    }));
    await server.begin();
    return server;
  } catch (error) {
    unlock();
    throw error;
  }
}

class Server implements EmbeddedPostgres {
  private port = 0;
  private postmaster: Postmaster | undefined;
  private readonly stopping = new AbortController();
  private supervision: Promise<void> = Promise.resolve();

  constructor(
    private readonly cluster: PostgresCluster,
    private readonly unlock: () => void,
    private readonly log: Log,
    private readonly optionsFor: (port: number) => PostmasterOptions,
  ) {}

  get url(): string {
    return this.urlOf(DATABASE, DATABASE);
  }

  get superuserUrl(): string {
    return this.urlOf(SUPERUSER, 'postgres');
  }

  get pid(): number {
    return this.postmaster?.pid ?? 0;
  }

  async begin(): Promise<void> {
    try {
      let tries = 1;
      while (!(await this.tryOnPort())) {
        tries += 1;
        if (tries > START_TRIES)
          throw new EmbeddedPostgresError(`PostgreSQL did not start: ${this.postmaster?.complaint}`);
      }
      await this.makeDatabase();
    } catch (error) {
      await this.postmaster?.stop();
      throw error;
    }
    this.supervision = this.supervise();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.postmaster?.stop();
    await this.supervision;
    this.unlock();
  }

  /**
   * @returns false when another try may do: somebody took the port between our look and the server's, or sessions of
   * a killed server have not ended yet.
   */
  private async tryOnPort(): Promise<boolean> {
    this.port = await freePort();
    const postmaster = await this.launch();
    if (postmaster.isRunning) return true;
    if (postmaster.said(/could not bind|Address already in use/)) return false;
    if (postmaster.said(LEFT_OVER)) {
      await delay(LEFT_OVER_PAUSE_MS);
      return false;
    }
    throw new EmbeddedPostgresError(`PostgreSQL did not start: ${postmaster.complaint}`);
  }

  /** Starts a server and waits until it takes connections, however long it recovers, or has ended. */
  private async launch(): Promise<Postmaster> {
    await clearDirectory(this.cluster.directory, this.log);
    const postmaster = await Postmaster.start(this.optionsFor(this.port));
    this.postmaster = postmaster;
    while (postmaster.isRunning && !(await postmaster.isReady())) {
      await Promise.race([postmaster.ended, delay(10)]);
    }
    return postmaster;
  }

  /** Starts the server again whenever it ends, until we stop it. */
  private async supervise(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    for (;;) {
      const since = performance.now();
      await this.postmaster?.ended;
      if (this.stopping.signal.aborted) return;
      this.log.error(
        { pid: this.pid, why: this.postmaster?.complaint },
        'The database ended; starting it again.',
      );
      if (performance.now() - since > SETTLED_MS) backoff = FIRST_BACKOFF_MS;
      await delay(backoff, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      backoff = Math.min(backoff * 2, MAX_BACKOFF_MS);
      try {
        const postmaster = await this.launch();
        if (postmaster.isRunning) this.log.info({ pid: postmaster.pid }, 'The database runs again.');
        if (this.stopping.signal.aborted) await postmaster.stop();
      } catch (error) {
        this.log.error({ err: error }, 'The database could not be started again.');
      }
    }
  }

  /** An ordinary owner, because what is revoked from an owner binds it, and nothing binds a superuser. */
  private async makeDatabase(): Promise<void> {
    const client = new Client({ connectionString: this.superuserUrl });
    client.on('error', (error) => this.log.warn({ err: error }, 'The database cut a connection.'));
    try {
      await client.connect();
      const owner = escapeIdentifier(DATABASE);
      const roles = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [DATABASE]);
      if (roles.rowCount === 0) {
        await client.query(`CREATE ROLE ${owner} LOGIN PASSWORD ${escapeLiteral(this.cluster.password)}`);
      }
      const databases = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
      if (databases.rowCount === 0) await client.query(`CREATE DATABASE ${owner} OWNER ${owner}`);
    } catch (error) {
      // Only the password can be wrong in a cluster that we made.
      if ((error as { code?: string }).code !== INVALID_PASSWORD) throw error;
      throw new EmbeddedPostgresError('The database refuses the password in DATA_DIR/postgres-password.', {
        cause: error,
      });
    } finally {
      await client.end();
    }
  }

  private urlOf(user: string, database: string): string {
    return `postgresql://${user}:${this.cluster.password}@127.0.0.1:${this.port}/${database}`;
  }
}

/**
 * A free port below those that the system gives to outgoing connections: one of these could take the place of a
 * server that is being restarted, and a client that calls it would reach itself.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 15_000);
    const free = await new Promise<boolean>((resolve) => {
      const probe = createServer();
      probe.once('error', () => resolve(false));
      probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => probe.close(() => resolve(true)));
    });
    if (free) return port;
  }
}
