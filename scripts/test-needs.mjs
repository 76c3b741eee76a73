/**
 * What the tests use and no npm package brings. Under CI it is installed where that can be done; on a developer's
 * machine nothing is, and the tests that need it say that they are skipped.
 */
import { spawnSync } from 'node:child_process';

const PACKAGES = [
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], name: 'chromium' },
  // Apache Kafka and a server of S3 run on Java 17 and are brought by Maven.
  { programs: ['java'], name: 'openjdk-17-jre-headless' },
  { programs: ['mvn'], name: 'maven' },
  // A reader of topics that nobody here wrote.
  { programs: ['kcat'], name: 'kcat' },
  // Certificates of brokers and databases that tests start.
  { programs: ['openssl'], name: 'openssl' },
];

export function installNeeds() {
  if (process.env.CI !== 'true' || process.getuid?.() !== 0 || !isThere('apt-get')) return;
  const missing = PACKAGES.filter(({ programs }) => !programs.some(isThere)).map(({ name }) => name);
  if (missing.length === 0) return;
  process.stdout.write(`Installing ${missing.join(', ')} …\n`);
  run('apt-get', ['update', '-qq']);
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing]);
}

function run(program, args) {
  // What fails is told by the tests that miss it, each in its own words.
  spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
}

function isThere(program) {
  return (
    spawnSync(program, [program === 'kcat' ? '-V' : '--version'], { stdio: 'ignore' }).error === undefined
  );
}
