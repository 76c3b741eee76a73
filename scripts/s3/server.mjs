/**
 * A server of the S3 API without a container, for tests: S3Mock as it is published, which Maven brings once, on
 * loopback.
 *
 *   node scripts/s3/server.mjs --dir DIRECTORY
 *
 * Prints one JSON line `{endpoint, pid}` when it takes requests, and stops with SIGTERM. Needs Java 17 and Maven.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { freePort } from '../free-port.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/quietline/', import.meta.url));
const START_MS = 60_000;
const LOOK_MS = 50;

/** The jar file, brought by Maven when it is not there. @throws Error saying what is missing. */
function jarFile() {
  const pom = join(here, 'pom.xml');
  const [, version] = /<version>(\d+\.\d+\.\d+)<\/version>/.exec(readFileSync(pom, 'utf8'));
  const directory = join(cache, `s3mock-${version}`);
  if (!existsSync(directory)) bring(pom, directory);
  return join(
    directory,
    readdirSync(directory).find((name) => name.endsWith('.jar')),
  );
}

/** Moved into place whole, so that a run that was cut off, or another one at the same time, leaves nothing half done. */
function bring(pom, directory) {
  mkdirSync(cache, { recursive: true });
  const part = `${directory}.${process.pid}`;
  const { status, error, stderr, stdout } = spawnSync(
    'mvn',
    ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${part}`],
    { encoding: 'utf8' },
  );
  if (status !== 0) {
    rmSync(part, { recursive: true, force: true });
    throw new Error(`S3Mock needs Maven to bring it: ${error?.message ?? `${stdout}${stderr}`}`);
  }
  if (existsSync(directory)) rmSync(part, { recursive: true, force: true });
  else renameSync(part, directory);
}

async function startServer(directory) {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(
    'java',
    [
      ...['-Xms64m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...['-jar', jarFile(), '--server.address=127.0.0.1', '--server.port=0', `--http.port=${port}`],
      ...[
        `--com.adobe.testing.s3mock.httpPort=${port}`,
        `--com.adobe.testing.s3mock.store.root=${directory}`,
      ],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => (said = (said + chunk).slice(-4_000)));
  }
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', (error) => (said += error.message));
  const deadline = performance.now() + START_MS;
  while (!(await answers(endpoint))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`S3Mock did not start:\n${said}`);
    }
    await delay(LOOK_MS);
  }
  return { endpoint, child, ended };
}

const answers = (endpoint) =>
  fetch(endpoint).then(
    (answer) => answer.ok,
    () => false,
  );

async function main() {
  const { values } = parseArgs({ options: { dir: { type: 'string' } } });
  if (values.dir === undefined) throw new Error('Name the directory of the server: --dir DIRECTORY');
  const { endpoint, child, ended } = await startServer(values.dir);
  process.stdout.write(`${JSON.stringify({ endpoint, pid: child.pid })}\n`);
  // Nothing in it is worth an orderly end.
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill('SIGKILL'));
  await ended;
}

main().catch((error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
