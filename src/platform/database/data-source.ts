import type { PoolConfig } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { migrations } from './migrations';
import { SilentTypeOrmLogger } from './silent-typeorm-logger';

/** Where the database is and how many connections this process may open for its use cases. */
export interface DatabaseConnection {
  readonly url: string;
  readonly poolSize: number;
}

/** The token under which Nest injects the `DatabaseConnection`. */
export const DATABASE_CONNECTION = Symbol('DatabaseConnection');

/**
 * No wait is without an end: not for a connection, not for a statement, not in an abandoned transaction. The
 * driver's own deadline is the longest, for a server that has gone without a word.
 */
const LIMITS = {
  connectionTimeoutMillis: 5_000,
  statement_timeout: 15_000,
  idle_in_transaction_session_timeout: 15_000,
  query_timeout: 20_000,
} as const;

/**
 * Connections for statements of our own. `synchronous_commit` is set for each session, so that no default of a
 * server or a role makes an acknowledged decision less than durable. Statements are sent without waiting for the
 * answer to the one before.
 */
export function poolOptions(connection: DatabaseConnection): PoolConfig {
  return {
    connectionString: connection.url,
    max: connection.poolSize,
    application_name: 'quietline',
    keepAlive: true,
    idleTimeoutMillis: 60_000,
    options: '-c synchronous_commit=on',
    pipeline: true,
    ...LIMITS,
  };
}

/**
 * TypeORM for the resources that are only settings, and for migrations: never for what a decision reads. Its
 * connections are its own, so that a repository used inside `Database.transaction` cannot wait for that very
 * transaction to give its connection back.
 */
export function dataSourceOptions(connection: DatabaseConnection): DataSourceOptions {
  return {
    type: 'postgres',
    url: connection.url,
    poolSize: Math.max(1, Math.floor(connection.poolSize / 4)),
    connectTimeoutMS: LIMITS.connectionTimeoutMillis,
    applicationName: 'quietline-settings',
    synchronize: false,
    migrationsRun: false,
    installExtensions: false,
    logger: new SilentTypeOrmLogger(),
    poolErrorHandler: () => undefined,
    migrations,
    migrationsTableName: 'migrations',
    extra: { options: '-c synchronous_commit=on', keepAlive: true, ...LIMITS },
  };
}
