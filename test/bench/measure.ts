import { readdirSync, readFileSync } from 'node:fs';
import { Client } from 'pg';
import type { BenchDatabase } from './cluster';
import type { LoadResult } from './load/protocol';
import type { LoadGenerator, Server } from './processes';

/** One cell of the table in one round. */
export interface Sample extends LoadResult {
  /** Processor time a question, in microseconds. */
  serverCpu: number;
  databaseCpu: number;
  generatorCpu: number;
  /** Bytes of write-ahead log a question. */
  wal: number;
  /** Events that waited for the bus when the measurement ended. */
  outboxLeft: number;
}

/** A database as it is seen while it is measured. */
export class Watch {
  private constructor(private readonly client: Client) {}

  static async on(url: string): Promise<Watch> {
    const client = new Client({ connectionString: url, application_name: 'quietline-bench-watch' });
    await client.connect();
    return new Watch(client);
  }

  async number(sql: string): Promise<number> {
    const { rows } = await this.client.query<{ n: string }>(`SELECT (${sql})::bigint AS n`);
    return Number(rows[0]?.n ?? NaN);
  }

  async setting(name: string): Promise<string> {
    const { rows } = await this.client.query<{ value: string }>('SELECT current_setting($1) AS value', [
      name,
    ]);
    return rows[0]?.value ?? '';
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

const WAL = `pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')`;
const OUTBOX = 'SELECT count(*) FROM outbox';
const LOOK_AGAIN_MS = 100;
const DRAIN_MS = 60_000;

/** Who asks whom: everything that is the same for the cells of one server. */
export interface Bench {
  load: LoadGenerator;
  watch: Watch;
  /** The parent of the database's processes. */
  postmaster: number;
  seconds: number;
  warmUpSeconds: number;
}

export interface Cell {
  server: Server;
  database: BenchDatabase;
  connections: number;
  batch: number;
  from: number;
  name: string;
}

export async function measure(bench: Bench, cell: Cell): Promise<Sample> {
  const { load, watch, postmaster, seconds, warmUpSeconds } = bench;
  const { server, database, connections, batch, from, name } = cell;
  const before = {
    cpu: (await server.usage()).cpu,
    database: cpuOfChildren(postmaster),
    wal: await watch.number(WAL),
  };
  const result = await load.run({
    port: server.port,
    path: batch === 1 ? '/v1/calls/authorize' : '/v1/calls/authorize/batch',
    key: database.client.key,
    connections,
    warmUpSeconds,
    seconds,
    batch,
    population: database.population,
    from,
    name,
  });
  const outboxLeft = await watch.number(OUTBOX);
  const asked = result.next - from;
  const wal = (await watch.number(WAL)) - before.wal;
  // What the bus still has to carry must not be paid by the next cell.
  await drained(watch);
  const perQuestion = (seconds: number): number => (seconds * 1e6) / asked;
  return {
    ...result,
    serverCpu: perQuestion((await server.usage()).cpu - before.cpu),
    databaseCpu: perQuestion(cpuOfChildren(postmaster) - before.database),
    generatorCpu: (result.cpu * 1e6) / Math.max(1, result.questions),
    wal: wal / asked,
    outboxLeft,
  };
}

async function drained(watch: Watch): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  while ((await watch.number(OUTBOX)) > 0) {
    if (performance.now() > deadline) throw new Error('The outbox was not emptied in a minute.');
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  }
}

const TICKS_A_SECOND = 100;
const PPID = 1;
const UTIME = 11;
const CUTIME = 13;

/**
 * Processor time of the children of a process, in seconds, those included that have ended and were waited for; NaN
 * where the system has no /proc. Fields as in proc_pid_stat(5), counted from the state, which follows the name.
 */
export function cpuOfChildren(parent: number): number {
  const own = statOf(String(parent));
  if (own === undefined) return NaN;
  let ticks = Number(own[CUTIME]) + Number(own[CUTIME + 1]);
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? statOf(entry) : undefined;
    if (stat !== undefined && Number(stat[PPID]) === parent) {
      ticks += Number(stat[UTIME]) + Number(stat[UTIME + 1]);
    }
  }
  return ticks / TICKS_A_SECOND;
}

function statOf(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // It has ended since the directory was read, or there is no /proc.
    return undefined;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
