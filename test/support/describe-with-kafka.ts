import { spawnSync } from 'node:child_process';

/**
 * `describe` where Apache Kafka can run: with Java 17 and Maven. Under CI they must be there, so a missing one fails the
 * tests that need it; on a developer's machine they are skipped, and say so.
 */
// eslint-disable-next-line jest/no-export -- Shared by every spec that needs a broker.
export function describeWithKafka(name: string, tests: () => void): void {
  // eslint-disable-next-line jest/valid-describe-callback -- The tests are the caller's.
  if (kafkaCanRun()) describe(name, tests);
  // eslint-disable-next-line jest/valid-describe-callback, jest/no-disabled-tests -- As above, and the reason is its name.
  else describe.skip(`${name} (skipped: needs Java 17 and Maven for Apache Kafka)`, tests);
}

function kafkaCanRun(): boolean {
  if (process.env['CI'] === 'true') return true;
  return ['java', 'mvn'].every((name) => spawnSync(name, ['-version'], { stdio: 'ignore' }).status === 0);
}
