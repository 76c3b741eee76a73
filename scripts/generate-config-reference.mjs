/**
 * Writes `docs/configuration.md` from the schema in `src/config/schema.ts`.
 *
 *   node scripts/generate-config-reference.mjs           writes the file
 *   node scripts/generate-config-reference.mjs --check   fails when the committed file differs
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { orExit, prepare, root } from './prepare.mjs';

orExit(prepare);
const { clientEnvironment, environment, notInThisVersion } = createRequire(import.meta.url)(
  '../dist/src/config/schema.js',
);
const target = join(root, 'docs', 'configuration.md');

const variables = Object.entries({ ...environment.shape, ...clientEnvironment.shape }).map(
  ([name, schema]) => {
    const meta = schema.meta();
    if (meta?.section === undefined) throw new Error(`${name} has no description in src/config/schema.ts.`);
    return { name, ...meta };
  },
);

const sections = [...new Set(variables.map((one) => one.section))].map((section) =>
  [
    `## ${section}`,
    '',
    '| variable | meaning | when unset |',
    '|---|---|---|',
    ...variables
      .filter((one) => one.section === section)
      .map((one) => `| \`${one.name}\` | ${cell(one.description)} | ${cell(one.default)} |`),
  ].join('\n'),
);

const text = `${[
  '# Configuration',
  'Everything is set by environment variables. This page is generated from `src/config/schema.ts` by ' +
    '`npm run generate`; an empty value counts as unset, and a wrong one stops the start with one line that names it.',
  ...sections,
  '## Not in this version',
  'Whoever sets one of these relies on it, so the start stops:',
  Object.entries(notInThisVersion)
    .map(([name, reason]) => `- \`${name}\`: ${reason}.`)
    .join('\n'),
].join('\n\n')}\n`;

if (!process.argv.includes('--check')) {
  writeFileSync(target, text);
} else if (readFileSync(target, 'utf8') !== text) {
  process.stderr.write(
    'docs/configuration.md is not what src/config/schema.ts says: run "npm run generate".\n',
  );
  process.exitCode = 1;
}

function cell(value) {
  return value.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
