import { isNativeError } from 'node:util/types';

/** What a log tells of an error. */
export interface ErrorFields {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly [member: string]: unknown;
}

/** Members of errors that help whoever reads the log and can hold nothing of a person. */
const TOLD = [
  'code',
  'severity',
  'constraint',
  'table',
  'column',
  'routine',
  'syscall',
  'retriable',
  'outcome',
];
const DEEPEST_CAUSE = 5;

/**
 * Only what is listed: drivers hang whole connections on their errors, with their secrets, and PostgreSQL puts the
 * row that it refused into `detail`.
 */
export function errorFields(error: unknown, depth = 0): unknown {
  if (!isNativeError(error)) return typeof error === 'object' ? Object.prototype.toString.call(error) : error;
  const { cause, errors } = error as Error & { errors?: unknown };
  const members = error as unknown as Record<string, unknown>;
  const deeper = depth < DEEPEST_CAUSE;
  return {
    type: error.name === 'Error' || error.name === 'error' ? error.constructor.name : error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...Object.fromEntries(TOLD.filter((name) => isPlain(members[name])).map((name) => [name, members[name]])),
    ...(deeper && cause !== undefined && { cause: errorFields(cause, depth + 1) }),
    ...(deeper && Array.isArray(errors) && { errors: errors.map((one) => errorFields(one, depth + 1)) }),
  } satisfies ErrorFields;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
