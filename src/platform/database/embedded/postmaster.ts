import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '../../observability/logger';
import { EmbeddedPostgresError } from './embedded-postgres-error';
import { commandLine } from './process-identity';
import type { PostgresSettings } from './postgres-settings';
import type { UnprivilegedUser } from './unprivileged-user';

/** How long a server may take over each way of stopping before the next, harder one. */
const FAST_SHUTDOWN_MS = 6_000;
const IMMEDIATE_SHUTDOWN_MS = 3_000;
const LAST_WORDS = 20;
const PID_FILE = 'postmaster.pid';
/** Fatal for one connection only: said to each client that comes while the server starts or stops. */
const REFUSALS =
  /the database system is|terminating connection|connection to client lost|authentication failed/;

/**
 * Becomes the server, after leaving behind a watcher that holds the other end of our pipe. However we end, also
 * by kill -9, that pipe closes; the watcher then asks the server for a fast shutdown, once the server's own file
 * says that this process number is still the server of this directory. The watcher is forked twice, so that the
 * server does not find a child that it never made.
 */
const BECOME_SERVER = `
exec 3<&0 </dev/null
me=$$
(
  (
    while read -r line <&3; do :; done
    tries=0
    while [ "$tries" -lt 100 ] && kill -0 "$me"; do
      if read -r pid <"$PGDATA/postmaster.pid" && [ "$pid" = "$me" ]; then kill -INT "$me"; exit; fi
      tries=$((tries + 1))
      sleep 0.1
    done
  ) >/dev/null 2>&1 &
)
exec "$@" 3<&-
`;

export interface PostmasterOptions {
  readonly postgres: string;
  readonly directory: string;
  readonly settings: PostgresSettings;
  readonly user: UnprivilegedUser | undefined;
  readonly log: Log;
}

/** One running PostgreSQL server process, our own child. */
export class Postmaster {
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  private readonly lastWords: string[] = [];
  private running = true;

  private constructor(
    private readonly child: ChildProcess,
    readonly pid: number,
    private readonly directory: string,
    log: Log,
  ) {
    this.ended = new Promise((resolve) => {
      child.once('close', () => {
        this.running = false;
        child.stdin?.destroy();
        resolve();
      });
    });
    // The watcher may be gone before us: a closed pipe says nothing that `close` does not.
    child.stdin?.on('error', () => undefined);
    let rest = '';
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.hear(line, log);
    });
  }

  /** Starts the server; it may still fail, or take a while to recover, before it takes connections. */
  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const settings = Object.entries(options.settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const child = spawn(
      '/bin/sh',
      ['-c', BECOME_SERVER, 'sh', options.postgres, '-D', options.directory, ...settings],
      {
        ...options.user,
        cwd: '/',
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', PGDATA: options.directory },
        stdio: ['pipe', 'ignore', 'pipe'],
        // A Ctrl-C in the terminal is for us: the server stops when we have finished with it.
        detached: true,
      },
    );
    return new Promise((resolve, reject) => {
      child.once('error', (cause) => {
        reject(new EmbeddedPostgresError(`PostgreSQL cannot be started: ${cause.message}`, { cause }));
      });
      child.once('spawn', () => {
        if (child.pid !== undefined)
          resolve(new Postmaster(child, child.pid, options.directory, options.log));
      });
    });
  }

  get isRunning(): boolean {
    return this.running;
  }

  /** What the server last said, on one line: why it ended, when it did. */
  get complaint(): string {
    const fatal = this.lastWords.filter((line) => /\b(?:FATAL|PANIC):/.test(line) && !REFUSALS.test(line));
    if (fatal.length > 0) return fatal.join(' ');
    return this.child.signalCode === null
      ? this.lastWords.join(' ')
      : `It was ended by ${this.child.signalCode}.`;
  }

  /** Whether one of the last lines it wrote tells of something. */
  said(what: RegExp): boolean {
    return this.lastWords.some((line) => what.test(line));
  }

  /** Whether it takes connections: the server keeps its state in the eighth line of its file (miscadmin.h). */
  async isReady(): Promise<boolean> {
    const lines = await readLines(join(this.directory, PID_FILE));
    return lines[0] === String(this.pid) && lines[7]?.trim() === 'ready';
  }

  /** Fast shutdown: sessions are cut, what was committed is kept; harder when that takes too long. */
  async stop(): Promise<void> {
    for (const [signal, patience] of [
      ['SIGINT', FAST_SHUTDOWN_MS],
      ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ] as const) {
      if (!this.running) return;
      this.child.kill(signal);
      await Promise.race([this.ended, delay(patience, undefined, { ref: false })]);
    }
    if (this.running) this.child.kill('SIGKILL');
    await this.ended;
  }

  private hear(line: string, log: Log): void {
    if (line.trim() === '') return;
    this.lastWords.push(line.trim());
    if (this.lastWords.length > LAST_WORDS) this.lastWords.shift();
    if (/\b(?:FATAL|PANIC):/.test(line) && !REFUSALS.test(line)) log.error({ line }, 'PostgreSQL');
    else if (/\b(?:ERROR|WARNING):|authentication failed/.test(line)) log.warn({ line }, 'PostgreSQL');
    else if (/terminated by signal|recovery in progress|redo in progress/.test(line))
      log.info({ line }, 'PostgreSQL');
    else log.debug({ line }, 'PostgreSQL');
  }
}

/**
 * Makes way for a new server in a directory that we have locked: stops a server that outlived its owner, and
 * takes away the file of a dead one when its number is taken, which PostgreSQL itself could not tell from a live
 * server. Sessions that outlived their server are PostgreSQL's to find: it looks at its shared memory.
 */
export async function clearDirectory(directory: string, log: Log): Promise<void> {
  const file = join(directory, PID_FILE);
  const pid = Number((await readLines(file))[0]);
  if (!Number.isSafeInteger(pid) || pid <= 0) return;
  if (!serves(pid, directory)) {
    if (exists(pid)) await rm(file, { force: true });
    return;
  }
  log.warn({ pid }, 'Stopping the database that an earlier process left running.');
  for (const [signal, patience] of [
    ['SIGINT', FAST_SHUTDOWN_MS],
    ['SIGQUIT', IMMEDIATE_SHUTDOWN_MS],
    ['SIGKILL', IMMEDIATE_SHUTDOWN_MS],
  ] as const) {
    if (await endedAfter(pid, signal, patience, directory)) return;
  }
  throw new EmbeddedPostgresError(`PostgreSQL process ${pid} holds ${directory} and does not stop.`);
}

async function readLines(file: string): Promise<string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n');
  } catch {
    return [];
  }
}

/** Whether the number is taken, be it by a dead process that nobody has asked after: PostgreSQL takes both for live. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function serves(pid: number, directory: string): boolean {
  const command = commandLine(pid);
  return command !== undefined && command.includes(`postgres -D ${directory} `);
}

async function endedAfter(
  pid: number,
  signal: NodeJS.Signals,
  patience: number,
  directory: string,
): Promise<boolean> {
  try {
    process.kill(pid, signal);
  } catch {
    return true;
  }
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    if (!serves(pid, directory)) return true;
    await delay(20);
  }
  return false;
}
