import type { LoggerService } from '@nestjs/common';
import pino from 'pino';
import { errorFields } from './error-fields';
import { maskJsonLine } from './masking';

export type LogLevel = pino.LevelWithSilent;

/**
 * What a part of the platform needs of a log: fields first, then a fixed message. `pino.Logger` is one.
 * Fields may hold numbers and prose of others; masking is the log's own duty, not the caller's.
 */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The token under which Nest injects the `Log`. */
export const LOG = Symbol('Log');

/** Where finished lines go. */
export interface LineSink {
  write(line: string): void;
}

/**
 * One JSON object a line, times in RFC 3339, level by name. Lines are written synchronously to standard output,
 * so that a crash loses none of what was said before it.
 */
export function createLogger(
  level: LogLevel,
  sink: LineSink = pino.destination({ fd: 1, sync: true }),
): pino.Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: {
        err: (error: unknown) => errorFields(error),
        error: (error: unknown) => errorFields(error),
      },
      hooks: { streamWrite: maskJsonLine },
    },
    sink,
  );
}

/** Contexts in which Nest tells every module and route at each start: hundreds of lines that are always the same. */
const START_UP = new Set([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Lets Nest itself log through pino; its last text parameter is the context. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: pino.Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(START_UP.has(String(rest.at(-1))) ? 'debug' : 'info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  /** Nest passes `(message, stack?, context?)` here. */
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  private write(level: pino.Level, message: unknown, rest: unknown[]): void {
    const last = rest.at(-1);
    const context = typeof last === 'string' ? last : undefined;
    const others = context === undefined ? rest : rest.slice(0, -1);
    const fields = {
      ...(context === undefined ? {} : { context }),
      ...(others.length === 0 ? {} : { details: others }),
    };
    if (message instanceof Error) this.logger[level]({ ...fields, err: message }, message.message);
    else if (typeof message === 'string') this.logger[level](fields, message);
    else this.logger[level]({ ...fields, message }, 'Nest');
  }
}
