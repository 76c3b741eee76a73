/* Specs of test/e2e that are about one process and mean nothing where roles are apart, each with its reason. */
const notSplit = {
  'imports-uploads.spec.ts': 'runs the upkeep of its own process by hand',
  'imports-bucket.spec.ts': 'is about two hosts, each with every role',
  'http/roles-apart.spec.ts': 'starts each role alone already',
  'http/roles-table.spec.ts': 'looks at the routes of one process that has them all',
  'http/http-openapi.spec.ts': 'compares the description of all routes, and each role describes its own',
};

/*
 * Specs whose way crosses processes: another role serves a path of theirs, or does the work behind it. Every run of all
 * tests has one of each way; the others meet no role but `gateway`, whose modules and routes are the same, and run with
 * `npm run test:split`.
 */
const crossing = [
  'decisions-spine',
  'imports-suppressions',
  'kafka-*',
  'my-links',
  'sms-inbound',
  'stops/stops-directives',
  'webhooks/webhooks-delivery',
  'http/health-readiness',
];

module.exports = { crossing, notSplit };
