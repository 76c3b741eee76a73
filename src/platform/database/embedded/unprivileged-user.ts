import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error';

/** Whom the server runs as; undefined means as ourselves. */
export interface UnprivilegedUser {
  readonly uid: number;
  readonly gid: number;
}

/** The overflow user of the kernel and, on nearly every system, the user `nobody`. */
const NOBODY = 65_534;

/**
 * PostgreSQL refuses to run as root, and `initdb` wants a user that has a name: as root this is the user 65534,
 * else the one called `nobody`. Anybody else runs the server under their own name.
 */
export async function unprivilegedUser(): Promise<UnprivilegedUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'));
  const found =
    users.find((user) => user[2] === String(NOBODY)) ?? users.find((user) => user[0] === 'nobody');
  if (found === undefined) {
    throw new EmbeddedPostgresError(
      'PostgreSQL refuses to run as root and /etc/passwd has no unprivileged user (65534 or nobody): ' +
        'start as another user, or set DATABASE_URL.',
    );
  }
  return { uid: Number(found[2]), gid: Number(found[3]) };
}

/** Whether the user can go to a directory, asked of the system itself: modes do not tell of lists and mounts. */
export function canReach(user: UnprivilegedUser, directory: string): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'cd -- "$1"', 'sh', directory], { ...user, cwd: '/', stdio: 'ignore' })
      .status === 0
  );
}
