import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { commandLine } from '../../../src/platform/database/embedded/process-identity';
import type { TestDatabase } from '../database';

const KILL_AGAIN_MS = 100;

/** The embedded PostgreSQL that a gateway process runs in its data directory, looked at and killed from outside. */
export class EmbeddedDatabase {
  constructor(private readonly dataDir: string) {}

  /** Where it is now: a gateway that is started again takes another port. */
  async now(): Promise<TestDatabase> {
    const password = (await readFile(join(this.dataDir, 'postgres-password'), 'utf8')).trim();
    const port = (await this.postmasterFile())[3];
    const url = (user: string): string => `postgresql://${user}:${password}@127.0.0.1:${port}/quietline`;
    return { url: url('quietline'), superuserUrl: url('postgres'), drop: () => Promise.resolve() };
  }

  /** Ends the server and every process of it at once, as the loss of its machine would. */
  async kill(): Promise<void> {
    const postmaster = Number((await this.postmasterFile())[0]);
    // A file that is just being written, or whose server is dead: its number may be anybody's by now.
    if (!(postmaster > 1) || commandLine(postmaster)?.includes('postgres -D ') !== true) return;
    const others = childrenOf(postmaster);
    // The postmaster first: it would start again what it sees die.
    for (const pid of [postmaster, ...others]) end(pid);
  }

  /**
   * Kills it, and whatever is started in its place, until what is waited for has been seen: on an idle machine a new
   * server stands before anybody could notice that the old one was gone.
   */
  async killUntil(seen: Promise<unknown>): Promise<void> {
    let isSeen = false;
    const watched = seen.finally(() => {
      isSeen = true;
    });
    watched.catch(() => undefined);
    await this.kill();
    while (!isSeen) {
      await delay(KILL_AGAIN_MS);
      if (!isSeen) await this.killIfThere();
    }
    await watched;
  }

  private async killIfThere(): Promise<void> {
    try {
      await this.kill();
    } catch (error) {
      // No server has written its file yet.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }

  /** Its lines are the process, the directory, the start, the port … (PostgreSQL's miscadmin.h). */
  private async postmasterFile(): Promise<string[]> {
    return (await readFile(join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  }
}

function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([pid, ppid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
