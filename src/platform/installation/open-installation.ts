import { randomBytes, randomUUID } from 'node:crypto';
import type { Config } from '../../config/load-config';
import type { Instant } from '../../domain/time/instant';
import type { Database, Tx } from '../database/database';
import { INSTALLATION_KEYS, type InstallationKey, Keyring } from '../keys/keyring';
import { open, seal } from '../keys/sealing';
import { InstallationError } from './installation-error';
import { makeKeyEncryptionKey, readKeyEncryptionKey } from './key-encryption-key';

const KEY_BYTES = 32;

/** What is fixed at first start, for ever. */
export interface Installation {
  /** Names this instance in the `source` of its events. */
  instanceId: string;
  ledgerOrigin: string;
  keyring: Keyring;
}

/**
 * Opens the installation in this database, or makes it: its identity, the origin of its ledger (RULINGS 15) and its
 * keys, wrapped by the key-encryption key. Processes that start at once take turns.
 * @throws InstallationError when this process was configured for another installation.
 */
export async function openInstallation(
  database: Database,
  config: Pick<Config, 'kekFile' | 'ledgerOrigin'>,
  now: Instant,
): Promise<Installation> {
  return database.transaction(async (tx) => {
    await tx.query({ text: `SELECT pg_advisory_xact_lock(hashtextextended('installation', 0))` });
    const wrapped = await readWrappedKeys(tx);
    const keyEncryptionKey = await keyFor(config.kekFile, wrapped.size > 0);
    const keys = {} as Record<InstallationKey, Buffer>;
    for (const id of INSTALLATION_KEYS) {
      const stored = wrapped.get(id);
      keys[id] =
        stored === undefined
          ? await makeKey(tx, id, keyEncryptionKey, now)
          : unwrap(id, stored, keyEncryptionKey, config.kekFile);
    }
    const identity = await identify(tx, config.ledgerOrigin, now);
    return { ...identity, keyring: new Keyring(keyEncryptionKey, keys) };
  });
}

/** A new key beside a database that another one has wrapped would open nothing: better not to start. */
async function keyFor(file: string, isInstalled: boolean): Promise<Buffer> {
  const existing = await readKeyEncryptionKey(file);
  if (existing !== undefined) return existing;
  if (!isInstalled) return makeKeyEncryptionKey(file);
  throw new InstallationError(
    `${file} is missing: this database was installed with a key-encryption key that must be put there (KEK_FILE).`,
  );
}

async function readWrappedKeys(tx: Tx): Promise<Map<string, Buffer>> {
  const rows = await tx.query<{ id: string; wrapped: Buffer }>({
    text: 'SELECT id, wrapped FROM installation_keys',
  });
  return new Map(rows.map(({ id, wrapped }) => [id, wrapped]));
}

async function makeKey(tx: Tx, id: InstallationKey, wrapping: Buffer, now: Instant): Promise<Buffer> {
  const key = randomBytes(KEY_BYTES);
  await tx.query({
    text: 'INSERT INTO installation_keys (id, wrapped, created_at) VALUES ($1, $2, $3)',
    values: [id, seal(wrapping, key, id), new Date(now)],
  });
  return key;
}

function unwrap(id: InstallationKey, wrapped: Buffer, keyEncryptionKey: Buffer, file: string): Buffer {
  try {
    return open(keyEncryptionKey, wrapped, id);
  } catch (cause) {
    throw new InstallationError(`The key-encryption key in ${file} is not the one of this database.`, {
      cause,
    });
  }
}

async function identify(
  tx: Tx,
  ledgerOrigin: string,
  now: Instant,
): Promise<Pick<Installation, 'instanceId' | 'ledgerOrigin'>> {
  const [row] = await tx.query<{ instance_id: string; ledger_origin: string }>({
    text: 'SELECT instance_id, ledger_origin FROM installation',
  });
  if (row === undefined) {
    const instanceId = randomUUID();
    await tx.query({
      text: 'INSERT INTO installation (instance_id, ledger_origin, installed_at) VALUES ($1, $2, $3)',
      values: [instanceId, ledgerOrigin, new Date(now)],
    });
    return { instanceId, ledgerOrigin };
  }
  if (row.ledger_origin === ledgerOrigin) return { instanceId: row.instance_id, ledgerOrigin };
  throw new InstallationError(
    `The ledger of this database is named ${row.ledger_origin}, and this process ${ledgerOrigin}: ` +
      `set LEDGER_ORIGIN=${row.ledger_origin}.`,
  );
}
