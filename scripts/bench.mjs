/**
 * `npm run bench`: installs what is missing, compiles the sources together with the benchmark, and runs it.
 *
 *   npm run bench -- --help
 */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { install, orExit, root } from './prepare.mjs';

orExit(install);
// As `npm run build` compiles what is shipped, so that what is measured is what runs.
const compiled = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'test/bench/tsconfig.json'],
  { cwd: root, stdio: ['ignore', 2, 2] },
);
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
const bench = spawn(
  process.execPath,
  [join(root, 'dist/bench/test/bench/bench.js'), ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
// It has a database and several processes to stop.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => bench.kill(signal));
bench.on('exit', (code) => process.exit(code ?? 1));
