/**
 * Names a failure without its words, which may hold what a person said or a number: class, code and place.
 * The words go to the log, which masks them.
 */
export function failureReason(error: unknown): string {
  if (!(error instanceof Error)) return 'NOT_AN_ERROR';
  const { code } = error as { code?: unknown };
  const place = /[/\\]([\w.-]+\.[cm]?[jt]s:\d+):\d+\)?$/m.exec(error.stack ?? '')?.[1];
  return [error.constructor.name, typeof code === 'string' ? code : undefined, place && `at ${place}`]
    .filter((part) => part !== undefined)
    .join(' ');
}
