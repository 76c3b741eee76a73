/* Specs of test/e2e that are about one process and mean nothing where roles are apart, each with its reason. */
module.exports = {
  'http/roles-apart.spec.ts': 'starts each role alone already',
  'http/roles-table.spec.ts': 'looks at the routes of one process that has them all',
  'http/http-openapi.spec.ts': 'compares the description of all routes, and each role describes its own',
};
