import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stopSharedBroker } from './kafka';
import { FAILED_FILE } from './test-server';

/** Stops what the tests shared, and removes it, unless a test file failed: then its data stay to be looked at. */
export default async function globalTeardown(): Promise<void> {
  const started = globalThis.quietlineTestServer;
  if (started === undefined) return;
  globalThis.quietlineTestServer = undefined;
  await stopSharedBroker();
  await started.server.stop();
  const kept = await readFile(join(started.directory, FAILED_FILE), 'utf8').catch(() => undefined);
  if (kept === undefined) {
    await rm(started.directory, { recursive: true, force: true });
    return;
  }
  process.stderr.write(
    `\nThe databases of failed test files are kept:\n${kept}` +
      `Look at them with: node test/support/run-typescript.cjs test/support/embedded-child.ts ${started.directory}\n`,
  );
}
