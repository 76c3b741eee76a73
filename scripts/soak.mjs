/**
 * `npm run test:soak`: the proofs of the decision path with their full counts (kills, races, histories, big loads), and
 * a table of what each came to.
 *
 *   npm run test:soak -- [words of file names] [--seed N]
 *
 * The same files run within `npm test` with small counts.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { install, orExit, root } from './prepare.mjs';

/** Without a limit of its own a proof may take as long as the slowest of them. */
const LONGEST_MS = 2 * 60 * 60 * 1_000;
const PROOFS = ['integration/decisions-', 'faults/decisions-', 'faults/imports-', 'soak/'];

const { values, positionals } = parseArgs({ options: { seed: { type: 'string' } }, allowPositionals: true });
orExit(install);
const directory = mkdtempSync(join(tmpdir(), 'quietline-soak-'));
const report = join(directory, 'proofs.jsonl');
writeFileSync(report, '');
const status = run();
print(readProofs());
rmSync(directory, { recursive: true, force: true });
process.exit(status);

function run() {
  const patterns = positionals.length > 0 ? positionals : PROOFS.map((place) => `test/${place}`);
  const { status, signal } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/jest/bin/jest.js'),
      `--config=${JSON.stringify(config())}`,
      '--runInBand',
      '--testPathPatterns',
      ...patterns,
    ],
    { cwd: root, stdio: 'inherit', env: environment() },
  );
  if (signal !== null) console.error(`The run was ended by ${signal}.`);
  return status ?? 1;
}

/** The layers of every other run, and one for what is too big for them. */
function config() {
  const { projects } = createRequire(import.meta.url)('../jest.config.cjs');
  const integration = projects.find((project) => project.displayName === 'integration');
  const soak = { ...integration, displayName: 'soak', testMatch: ['<rootDir>/test/soak/**/*.spec.ts'] };
  return {
    rootDir: root,
    projects: [...projects, soak].map((project) => ({ ...project, rootDir: root, testTimeout: LONGEST_MS })),
  };
}

function environment() {
  return {
    ...process.env,
    QUIETLINE_SOAK: 'full',
    QUIETLINE_PROOFS: report,
    ...(values.seed === undefined ? {} : { QUIETLINE_SEED: values.seed }),
  };
}

function readProofs() {
  return readFileSync(report, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function print(proofs) {
  const rows = [
    ['proof', 'count', 'seed', 'seconds', 'result'],
    ...proofs.map(({ name, count, seed, seconds, result }) => [
      name,
      count.toLocaleString('en'),
      String(seed),
      seconds.toFixed(1),
      result,
    ]),
  ];
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 || column === 4 ? cell.padEnd(widths[column]) : cell.padStart(widths[column]),
      )
      .join('  '),
  );
  console.log(`\n${lines.join('\n')}\n`);
}
