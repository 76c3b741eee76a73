/** Lets a script load the product's TypeScript as it stands, without a build: one that is forgotten would lie. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const require = createRequire(import.meta.url);
require.extensions['.ts'] = (module, file) => {
  module._compile(transformFileSync(file, { configFile: join(root, '.swcrc') }).code, file);
};
require('reflect-metadata');

/** Loads a module by its path from the root, e.g. `src/contracts/access`. */
export const load = (path) => require(join(root, `${path}.ts`));
