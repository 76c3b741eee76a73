import { totalmem } from 'node:os';

const MIB = 1024 * 1024;

/** Server settings by name. */
export type PostgresSettings = Readonly<Record<string, string | number>>;

/**
 * The settings of the embedded server, given on its command line, so that they hold for a data directory of any
 * age. An acknowledged commit is on disk: `fsync`, `full_page_writes` and `synchronous_commit` are stated, not
 * left to a default. Errors are logged without the statement and the row, which may hold a person's number.
 */
export function postgresSettings(port: number): PostgresSettings {
  return {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: 100,
    password_encryption: 'scram-sha-256',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    wal_level: 'replica',
    wal_buffers: '16MB',
    // Recovery after a crash replays at most about this much.
    max_wal_size: '2GB',
    min_wal_size: '256MB',
    checkpoint_timeout: '10min',
    checkpoint_completion_target: 0.9,
    shared_buffers: `${sharedBuffersMiB()}MB`,
    work_mem: '16MB',
    maintenance_work_mem: '256MB',
    random_page_cost: 1.1,
    // Statements of the hot path are short and prepared: compiling them costs more than running them.
    jit: 'off',
    // The outbox and the slots change all the time; vacuum looks after them often.
    autovacuum_naptime: '15s',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_destination: 'stderr',
    logging_collector: 'off',
    log_min_messages: 'warning',
    log_error_verbosity: 'terse',
    log_min_error_statement: 'panic',
    log_line_prefix: '',
  };
}

/** A quarter of the memory that this process may use, within what a small gateway can need. */
function sharedBuffersMiB(): number {
  const constrained = process.constrainedMemory();
  const memory = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(2_048, Math.max(64, Math.floor(memory / MIB / 4)));
}
