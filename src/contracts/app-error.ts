import {
  type ProblemCode,
  type ProblemDocument,
  type ProblemMember,
  PROBLEMS,
  problemType,
} from './problems';

export interface AppErrorOptions {
  /** This occurrence, for the caller; never holds a phone number. */
  detail: string;
  errors?: ProblemMember[];
  /** Further members of the problem document, e.g. `reason` of a refused redemption. */
  members?: Record<string, unknown>;
  /** Only logged, never shown. */
  cause?: unknown;
}

/** A request that we could not answer. A refused call is not one: that is a 200 with its reasons. */
export class AppError extends Error {
  readonly errors: ProblemMember[] | undefined;
  readonly members: Record<string, unknown>;

  constructor(
    readonly code: ProblemCode,
    options: AppErrorOptions,
  ) {
    super(options.detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.errors = options.errors;
    this.members = options.members ?? {};
  }

  toProblem(instance?: string): ProblemDocument {
    const { status, title } = PROBLEMS[this.code];
    return {
      type: problemType(this.code),
      title,
      status,
      code: this.code,
      detail: this.message,
      ...(instance === undefined ? {} : { instance }),
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      ...this.members,
    };
  }
}

/** 422 for one member of the body: the everyday case. */
export function invalidMember(pointer: string, detail: string, code = 'INVALID'): AppError {
  return new AppError('INVALID', { detail, errors: [{ pointer, code, detail }] });
}
