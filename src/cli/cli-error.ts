/** What the command line answers to its shell. Documented in `quietline --help`; scripts rely on it. */
export const EXIT = {
  done: 0,
  /** Something failed that is nobody's request: a bug, a full disk. */
  failed: 1,
  /** Wrong options, an unreadable file, a list that is broken as a whole, a missing key. */
  usage: 2,
  /** The gateway could not be reached, stayed overloaded, or refused the request as a whole. */
  gateway: 3,
  /** Stopped by the user (128 + SIGINT). */
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A command that must stop; the message is for the person at the terminal and holds no row of a list. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    readonly exitCode: ExitCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
