import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestDatabase } from '../database';

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
    const others = childrenOf(postmaster);
    // The postmaster first: it would start again what it sees die.
    for (const pid of [postmaster, ...others]) end(pid);
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
