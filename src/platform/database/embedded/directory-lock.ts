import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { EmbeddedPostgresError } from './embedded-postgres-error';
import { processIdentity } from './process-identity';

interface Owner {
  readonly pid: number;
  readonly identity: string;
}

/**
 * Takes a lock file for this process and returns what releases it. The file names its owner, so a lock that a
 * killed process left behind is taken over, and a live owner is never robbed of its server.
 * @throws EmbeddedPostgresError when another live process holds it.
 */
export function lockDirectory(file: string, directory: string): () => void {
  const own = JSON.stringify({
    pid: process.pid,
    identity: processIdentity(process.pid) ?? '',
  } satisfies Owner);
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(aside, own, { mode: 0o600 });
  try {
    for (;;) {
      if (tryLink(aside, file)) break;
      const found = read(file);
      if (found === undefined) continue;
      const owner = parseOwner(found);
      if (owner !== undefined && processIdentity(owner.pid) === owner.identity) {
        throw new EmbeddedPostgresError(
          `${directory} is in use by process ${owner.pid}: stop it, set another DATA_DIR, ` +
            'or let both use one server with DATABASE_URL.',
        );
      }
      removeStale(file, found);
    }
  } finally {
    rmSync(aside, { force: true });
  }
  return () => {
    if (read(file) === own) rmSync(file, { force: true });
  };
}

/** A hard link appears complete or not at all, and never over another. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Two starts may find the same dead owner: what was moved away is looked at again, and a live lock put back. */
function removeStale(file: string, stale: string): void {
  const grave = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(file, grave);
  } catch {
    return;
  }
  if (read(grave) !== stale) tryLink(grave, file);
  rmSync(grave, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text) as Partial<Owner>;
    if (typeof owner.pid !== 'number' || typeof owner.identity !== 'string') return undefined;
    return { pid: owner.pid, identity: owner.identity };
  } catch {
    return undefined;
  }
}
