import type { Logger } from 'typeorm';

/**
 * TypeORM would print statements with their parameters to the console, past the log and its masking. It says
 * nothing here: what fails reaches the caller as an error.
 */
export class SilentTypeOrmLogger implements Logger {
  logQuery(): void {}
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}
