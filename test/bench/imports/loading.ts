import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { Client } from 'pg';
import { hashApiKey, newApiKey } from '../../../src/platform/auth/api-key';
import { CopyIn } from '../seeding/copy-in';
import type { BenchList } from './lists';

const LOOK_AGAIN_MS = 50;
const CHUNK_LINES = 2_000;

interface JobNow {
  state: string;
  counts: { read: number; accepted: number; rejected: number };
  result?: { approvalId?: string };
}

/** Marketing sends lists, and an officer grants those that take a second person. */
export class Loading {
  private constructor(
    private readonly origin: string,
    private readonly keys: { marketing: string; officer: string },
  ) {}

  /** Before the gateway starts, which reads its clients then. */
  static async clients(url: string): Promise<{ marketing: string; officer: string }> {
    return withClient(url, async (client) => {
      const [marketing, officer] = [newApiKey(), newApiKey()];
      for (const [kind, role, key] of [
        ['system', 'marketing', marketing],
        ['person', 'compliance', officer],
      ] as const) {
        const id = randomUUID();
        await client.query(
          `INSERT INTO clients (id, name, kind, roles, state, created_at) VALUES ($1, $2, $3, $4, 'active', now())`,
          [id, `bench ${role}`, kind, [role]],
        );
        await client.query(
          'INSERT INTO client_keys (id, client_id, hash, created_at) VALUES ($1, $2, $3, now())',
          [randomUUID(), id, hashApiKey(key)],
        );
      }
      return { marketing, officer };
    });
  }

  static at(port: number, keys: { marketing: string; officer: string }): Loading {
    return new Loading(`http://127.0.0.1:${port}`, keys);
  }

  /** From the first byte that is sent until every row is stored; in seconds. */
  async load(list: BenchList, rows: number): Promise<number> {
    const since = performance.now();
    const { jobId } = await this.ask<{ jobId: string }>('POST', `/v1/${list.subject}/imports?source=bench`, {
      body: Readable.toWeb(Readable.from(chunksOf(list))) as ReadableStream,
      duplex: 'half',
      headers: { 'content-type': 'text/csv' },
    });
    let isGranted = list.subject !== 'consents';
    for (;;) {
      const job = await this.ask<JobNow>('GET', `/v1/jobs/${jobId}`);
      const approvalId = job.result?.approvalId;
      if (!isGranted && approvalId !== undefined) {
        const headers = { 'content-type': 'application/json' };
        await this.ask('POST', `/v1/approvals/${approvalId}/approve`, { body: '{}', headers }, 'officer');
        isGranted = true;
      }
      if (job.state === 'succeeded') {
        if (job.counts.accepted !== rows) {
          throw new Error(`Of ${rows} ${list.subject} ${JSON.stringify(job.counts)} were stored.`);
        }
        return (performance.now() - since) / 1_000;
      }
      if (job.state === 'failed') throw new Error(`The load failed: ${JSON.stringify(job)}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  private async ask<T>(
    method: string,
    path: string,
    init: RequestInit & { duplex?: 'half' } = {},
    as: 'marketing' | 'officer' = 'marketing',
  ): Promise<T> {
    const headers = { ...init.headers, authorization: `Bearer ${this.keys[as]}` };
    const answer = await fetch(`${this.origin}${path}`, { ...init, method, headers });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }
}

/** The same lines by `COPY` into a plain table of text, in one transaction, durable as everything else; in seconds. */
export function copySeconds(url: string, list: BenchList): Promise<number> {
  return withClient(url, async (client) => {
    const table = `bench_${list.subject}`;
    await client.query(`CREATE TABLE ${table} (${list.columns.map((name) => `"${name}" text`).join(', ')})`);
    const since = performance.now();
    const copy = new CopyIn(client, `COPY ${table} FROM STDIN (FORMAT csv, HEADER)`);
    await copy.row(list.columns.join(','));
    for (const row of list.rows()) {
      const wait = copy.row(row);
      if (wait !== undefined) await wait;
    }
    await copy.end();
    const seconds = (performance.now() - since) / 1_000;
    await client.query(`DROP TABLE ${table}`);
    return seconds;
  });
}

function* chunksOf({ columns, rows }: BenchList): Iterable<Buffer> {
  let lines = [columns.join(',')];
  for (const row of rows()) {
    lines.push(row);
    if (lines.length < CHUNK_LINES) continue;
    yield Buffer.from(`${lines.join('\n')}\n`, 'utf8');
    lines = [];
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`, 'utf8');
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, application_name: 'quietline-bench-imports' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
