const { existsSync } = require('node:fs');
const { delimiter, join } = require('node:path');
const { crossing, notSplit } = require('./test/support/topology/split-specs.cjs');

/* One project a layer: unit tests need nothing, the others a real PostgreSQL that globalSetup starts. */
const transform = { '^.+\\.ts$': ['@swc/jest'] };
const layer = (name, testMatch, extra = {}) => ({
  displayName: name,
  testEnvironment: 'node',
  transform,
  testMatch,
  ...extra,
});
const database = {
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};

const onPath = (program) =>
  (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, program)));
/* Under CI what Apache Kafka needs must be there: without it the tests fail. Elsewhere they are skipped, and that is said. */
const kafkaCanRun = process.env.CI === 'true' || ['java', 'mvn'].every(onPath);
if (!kafkaCanRun) process.stderr.write('e2e-split is skipped: Apache Kafka needs Java 17 and Maven.\n');

const splitSpecs = (process.env.QUIETLINE_SPLIT === 'whole' ? ['**/*'] : crossing).map(
  (name) => `<rootDir>/test/e2e/${name}.spec.ts`,
);

module.exports = {
  testTimeout: 60_000,
  // A worker keeps something of every file that it ran; one that has grown is started anew before it runs out of memory.
  workerIdleMemoryLimit: '1.5GB',
  projects: [
    layer('unit', ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/support/**/*.spec.ts']),
    layer('contract', ['<rootDir>/test/contract/**/*.spec.ts'], database),
    layer('integration', ['<rootDir>/test/integration/**/*.spec.ts'], database),
    layer('faults', ['<rootDir>/test/faults/**/*.spec.ts'], database),
    layer('e2e', ['<rootDir>/test/e2e/**/*.spec.ts'], database),
    // The same once more, with every role an application of its own and a real Kafka between them.
    ...(kafkaCanRun
      ? [
          layer('e2e-split', splitSpecs, {
            ...database,
            setupFiles: ['<rootDir>/test/support/topology/split.cjs'],
            testPathIgnorePatterns: Object.keys(notSplit).map(
              (name) => `/test/e2e/${name.replaceAll('.', '\\.')}$`,
            ),
          }),
        ]
      : []),
  ],
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/main.ts', '!src/cli/**'],
  coverageThreshold: { global: { lines: 85 }, './src/domain/': { branches: 100 } },
  coverageReporters: ['text-summary', 'json-summary'],
};
