import { Database } from '../../../src/platform/database/database';
import { openInstallation } from '../../../src/platform/installation/open-installation';
import type { Keyring } from '../../../src/platform/keys/keyring';
import { createLogger } from '../../../src/platform/observability/logger';

/** Names the ledger of the benchmark's databases; every process that serves them must say the same. */
export const LEDGER_ORIGIN = 'bench.invalid/ledger';

/** Works with the keys of the installation in this database, which are made where there are none. */
export async function withInstallation<T>(
  url: string,
  kekFile: string,
  work: (keyring: Keyring) => Promise<T>,
): Promise<T> {
  const database = new Database({ url, poolSize: 2 }, createLogger('warn'));
  try {
    const installation = await openInstallation(
      database,
      { kekFile, ledgerOrigin: LEDGER_ORIGIN },
      Date.now(),
    );
    return await work(installation.keyring);
  } finally {
    await database.onApplicationShutdown();
  }
}
