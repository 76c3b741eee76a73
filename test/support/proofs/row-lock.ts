import { Client } from 'pg';
import type { TestDatabase } from '../database';
import { queryRows } from '../database-rows';
import { eventually } from './eventually';

/** Sessions of this database that a lock keeps waiting, longest first. */
const WAITING = `
SELECT query, pg_blocking_pids(pid) AS blockers FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' AND cardinality(pg_blocking_pids(pid)) > 0`;

/** A subject's row, held from outside so that the gateway waits for it at a known place. */
export class RowLock {
  private released: Promise<void> | undefined;

  private constructor(
    private readonly database: TestDatabase,
    private readonly client: Client,
  ) {}

  static async on(database: TestDatabase, subjectId: string): Promise<RowLock> {
    const client = new Client({ connectionString: database.superuserUrl });
    await client.connect();
    await client.query('BEGIN');
    const { rowCount } = await client.query('SELECT FROM subjects WHERE id = $1 FOR UPDATE', [subjectId]);
    if (rowCount !== 1) throw new Error('There is no such subject.');
    return new RowLock(database, client);
  }

  /** Until this many sessions, or any, stand in the line, each at a statement that locks rows. */
  async waiting(sessions?: number): Promise<void> {
    await eventually(`${sessions ?? 'some'} sessions wait for the row`, () =>
      waitingFor(this.database, sessions),
    );
  }

  /** The database's clock, on this session, in milliseconds. */
  async clock(): Promise<number> {
    const { rows } = await this.client.query<{ at: number }>(
      'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS at',
    );
    return rows[0]?.at ?? Number.NaN;
  }

  /** Lets the row go, having changed nothing; once is enough. */
  async release(): Promise<void> {
    this.released ??= this.client.query('COMMIT').then(() => this.client.end());
    await this.released;
  }
}

export async function waitingFor(database: TestDatabase, sessions?: number): Promise<boolean> {
  const rows = await queryRows<{ query: string }>(database, WAITING);
  const waiting = rows.filter((row) => row.query.includes('FOR UPDATE')).length;
  return sessions === undefined ? waiting > 0 : waiting === sessions;
}
