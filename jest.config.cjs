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

module.exports = {
  testTimeout: 60_000,
  projects: [
    layer('unit', ['<rootDir>/src/**/*.spec.ts', '<rootDir>/test/support/**/*.spec.ts']),
    layer('contract', ['<rootDir>/test/contract/**/*.spec.ts'], database),
    layer('integration', ['<rootDir>/test/integration/**/*.spec.ts'], database),
    layer('faults', ['<rootDir>/test/faults/**/*.spec.ts'], database),
    layer('e2e', ['<rootDir>/test/e2e/**/*.spec.ts'], database),
  ],
  collectCoverageFrom: ['src/**/*.ts', '!src/**/*.spec.ts', '!src/main.ts', '!src/cli/**'],
  coverageThreshold: { global: { lines: 85 }, './src/domain/': { branches: 100 } },
  coverageReporters: ['text-summary', 'json-summary'],
};
