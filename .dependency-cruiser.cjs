/** The direction of imports (docs/architecture.md), each rule with its reason. */
const rooms = (...names) => `^src/(${names.join('|')})/`;

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      comment: 'A cycle means that two rooms are one.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'domain-is-pure',
      comment: 'The domain knows only itself: the same facts give the same answer, years later.',
      severity: 'error',
      from: { path: rooms('domain'), pathNot: '\\.spec\\.ts$' },
      to: { path: rooms('contracts', 'platform', 'services', 'cli', 'config', 'packs') },
    },
    {
      name: 'domain-has-no-framework',
      comment: 'Frameworks, drivers and I/O stay outside the domain.',
      severity: 'error',
      from: { path: rooms('domain'), pathNot: '\\.spec\\.ts$' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'core'],
        pathNot: [
          'node_modules/libphonenumber-js',
          'node_modules/moment',
          'node_modules/moment-timezone',
          '^crypto$',
          '^node:crypto$',
        ],
      },
    },
    {
      name: 'packs-know-only-the-domain',
      comment: 'The law is data.',
      severity: 'error',
      from: { path: rooms('packs'), pathNot: '\\.spec\\.ts$' },
      to: { path: rooms('contracts', 'platform', 'services', 'cli', 'config') },
    },
    {
      name: 'contracts-know-only-the-domain',
      comment: 'What leaves a process does not depend on how the process works.',
      severity: 'error',
      from: { path: rooms('contracts') },
      to: { path: rooms('platform', 'services', 'cli', 'config') },
    },
    {
      name: 'platform-knows-no-service',
      comment: 'The platform could carry another product.',
      severity: 'error',
      from: { path: rooms('platform') },
      to: { path: rooms('services', 'cli') },
    },
    {
      name: 'services-reach-services-by-reader-or-port',
      comment: 'A service owns its tables; others read through its reader or a named port.',
      severity: 'error',
      from: { path: '^src/services/([^/]+)/' },
      to: {
        path: '^src/services/([^/]+)/.*\\.(repository|entity|controller)\\.ts$',
        pathNot: '^src/services/$1/',
      },
    },
    {
      name: 'controllers-touch-no-tables',
      comment: 'HTTP in, use case behind.',
      severity: 'error',
      from: { path: '\\.(controller|consumer)\\.ts$' },
      to: { path: '\\.(repository|entity)\\.ts$' },
    },
    {
      name: 'phone-library-only-in-domain-phone',
      comment: 'A raw phone string exists only at the edge and in domain/phone.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/domain/phone/'] },
      to: { path: 'node_modules/libphonenumber-js' },
    },
    {
      name: 'zone-library-only-in-domain-time',
      comment: 'Local time exists only in domain/time.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/domain/time/'] },
      to: { path: 'node_modules/moment' },
    },
    {
      name: 'kafka-only-in-bus',
      comment: 'The client has had no release since 2023 and must stay replaceable.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/platform/bus/'] },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 's3-only-in-blobs',
      comment: 'Files go through the blob port, wherever they are kept.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/platform/blobs/'] },
      to: { path: 'node_modules/@aws-sdk' },
    },
    {
      name: 'typeorm-only-near-tables',
      comment: 'Use cases do not know the mapper.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot: ['^src/platform/database/', '\\.(entity|repository|reader|module)\\.ts$'],
      },
      to: { path: 'node_modules/(typeorm|@nestjs/typeorm)' },
    },
    {
      name: 'crypto-only-where-it-belongs',
      comment:
        'Hashes and keys are the ledger’s and the platform’s business; a use case may hash an idempotency key.',
      severity: 'error',
      from: { path: '^src/domain/', pathNot: ['^src/domain/ledger/', '\\.spec\\.ts$'] },
      to: { path: '^(node:)?crypto$' },
    },
    {
      name: 'src-never-imports-test',
      comment: 'What ships does not depend on what checks it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default'] },
  },
};
