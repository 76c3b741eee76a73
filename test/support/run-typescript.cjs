'use strict';
/* `node run-typescript.cjs FILE.ts …`: for tests that need a second process to stop or kill. */
const { resolve } = require('node:path');
const { transformFileSync } = require('@swc/core');

const swcrc = { configFile: require.resolve('../../.swcrc') };
require.extensions['.ts'] = (module, file) => {
  module._compile(transformFileSync(file, swcrc).code, file);
};
process.argv.splice(1, 1);
require(resolve(process.argv[1]));
