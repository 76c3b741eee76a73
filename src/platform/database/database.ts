import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Pool, type PoolClient, type QueryConfig } from 'pg';
import { LOG, type Log } from '../observability/logger';
import { ConnectionLanes, type Lane } from './connection-lanes';
import { DATABASE_CONNECTION, type DatabaseConnection, poolOptions } from './data-source';
import { DatabaseUnavailableError, diagnose, isGone, messageOf } from './database-error';

const ALIVE_WITHIN_MS = 2_000;

/** SQL and its parameters. With a name the server plans it once a connection: for statements that run often. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** One name, one text, for ever: the driver refuses another text under a used name. */
  readonly name?: string;
}

/** A running transaction. It is over when the work it was given to has settled. */
export interface Tx {
  /** Runs one statement. Rows come as the driver gives them: `bigint` and `numeric` as strings, times as `Date`. */
  query<T>(statement: Statement): Promise<T[]>;
}

/** The database for statements of our own. One pool a process; every wait in it has an end. */
@Injectable()
export class Database implements OnApplicationShutdown {
  /** For what needs a connection of its own. Whoever connects must release, in `finally`. */
  readonly rawPool: Pool;
  private readonly lanes: ConnectionLanes;

  constructor(@Inject(DATABASE_CONNECTION) connection: DatabaseConnection, @Inject(LOG) log: Log) {
    this.lanes = new ConnectionLanes(connection.poolSize);
    this.rawPool = new Pool(poolOptions(connection));
    this.rawPool.on('error', (error) => {
      if (!this.rawPool.ending) log.warn({ err: error }, 'The database cut an idle connection.');
    });
    // A connection in use that is cut between two statements has nobody else to tell: unheard, it ends the process.
    this.rawPool.on('connect', (client) => client.on('error', () => undefined));
  }

  /**
   * Runs work in one transaction, READ COMMITTED. It is stored when this resolves; when it rejects nothing is,
   * unless the error says that the outcome is unknown. The work must await all it asks of `tx`.
   * @throws DatabaseUnavailableError when the database could not do it now; else what the work threw.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>, lane: Lane = 'ordinary'): Promise<T> {
    const client = await this.connect(lane);
    const tx = new ClientTx(client);
    let committing = false;
    try {
      // Not awaited: it travels with the first statement of the work.
      const begun = client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
      const [result] = await Promise.all([work(tx), begun]);
      tx.end();
      committing = true;
      const { command } = await client.query('COMMIT');
      // PostgreSQL answers so when a statement failed and the work passed over it.
      if (command !== 'COMMIT') throw new Error('A failed statement was passed over, so nothing was stored.');
      this.release(client, lane);
      return result;
    } catch (error) {
      tx.end();
      const { connection, reason } = diagnose(error);
      this.release(client, lane, connection === 'lost' || !(await rollsBack(client)));
      if (reason === undefined) throw error;
      const outcome = committing && connection === 'lost' ? 'unknown' : 'rolled_back';
      throw new DatabaseUnavailableError(`The database gave up the work: ${reason}.`, outcome, error);
    }
  }

  /**
   * Runs one statement in a transaction of its own.
   * @throws DatabaseUnavailableError when the database could not do it now; else the error of the statement.
   */
  async query<T>(
    sql: string,
    params: readonly unknown[] = [],
    name?: string,
    lane: Lane = 'ordinary',
  ): Promise<T[]> {
    const client = await this.connect(lane);
    try {
      const { rows } = await client.query(configOf({ text: sql, values: params, ...(name && { name }) }));
      this.release(client, lane);
      return rows as T[];
    } catch (error) {
      const { connection, reason } = diagnose(error);
      this.release(client, lane, connection === 'lost');
      if (reason === undefined) throw error;
      const outcome = connection === 'lost' ? 'unknown' : 'rolled_back';
      throw new DatabaseUnavailableError(`The database gave up a statement: ${reason}.`, outcome, error);
    }
  }

  /** Whether the database can be written to, found out within two seconds. */
  async isAlive(): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), ALIVE_WITHIN_MS);
    });
    const sql = 'SELECT NOT pg_is_in_recovery() AS writable';
    const asked = this.query<{ writable: boolean }>(sql, [], undefined, 'decisions').then(
      (rows) => rows[0]?.writable === true,
      () => false,
    );
    try {
      return await Promise.race([asked, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** After HTTP has closed: nothing asks for a connection any more. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.rawPool.ending) await this.rawPool.end();
  }

  private async connect(lane: Lane): Promise<PoolClient> {
    await this.lanes.enter(lane);
    try {
      return await this.rawPool.connect();
    } catch (cause) {
      this.lanes.leave(lane);
      const reason = diagnose(cause).reason ?? messageOf(cause);
      const error = new DatabaseUnavailableError(
        `The database gave no connection: ${reason}.`,
        'rolled_back',
        cause,
      );
      if (isGone(cause)) this.lanes.refuseAll(error);
      throw error;
    }
  }

  private release(client: PoolClient, lane: Lane, isLost = false): void {
    client.release(isLost);
    this.lanes.leave(lane);
  }
}

class ClientTx implements Tx {
  private over = false;

  constructor(private readonly client: PoolClient) {}

  async query<T>(statement: Statement): Promise<T[]> {
    // The connection may serve somebody else by now.
    if (this.over) throw new Error('The transaction is over.');
    const { rows } = await this.client.query(configOf(statement));
    return rows as T[];
  }

  end(): void {
    this.over = true;
  }
}

function configOf(statement: Statement): QueryConfig {
  const { text, values, name } = statement;
  return { text, ...(values && { values: values as unknown[] }), ...(name !== undefined && { name }) };
}

/** Whether the connection could roll back; one that cannot even do that is thrown away. */
async function rollsBack(client: PoolClient): Promise<boolean> {
  try {
    await client.query('ROLLBACK');
    return true;
  } catch {
    return false;
  }
}
