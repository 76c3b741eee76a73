import { randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, open, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InstallationError } from './installation-error';

const KEY_BYTES = 32;

/**
 * Reads the key that wraps all other keys, or undefined where there is no such file. With it and the database
 * everything can be opened; without it nothing can, so it belongs in a backup of its own.
 * @throws InstallationError when the file cannot be read, can be read by others, or holds no key.
 */
export async function readKeyEncryptionKey(file: string): Promise<Buffer | undefined> {
  let text: string;
  let mode: number;
  try {
    ({ text, mode } = await readWithMode(file));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new InstallationError(`The key-encryption key in ${file} cannot be read.`, { cause });
  }
  if ((mode & 0o077) !== 0) {
    throw new InstallationError(
      `The key-encryption key in ${file} is open to other users of this machine: set its mode to 0600 and start again.`,
    );
  }
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length === KEY_BYTES && /^[\w+/-]+=*$/.test(text.trim())) return key;
  throw new InstallationError(`${file} does not hold a key-encryption key (32 bytes in base64).`);
}

/** Of one and the same file, whatever happens to its name meanwhile. */
async function readWithMode(file: string): Promise<{ text: string; mode: number }> {
  const handle = await open(file, 'r');
  try {
    const { mode } = await handle.stat();
    return { text: await handle.readFile('utf8'), mode };
  } finally {
    await handle.close();
  }
}

/**
 * Makes the key at first start, mode 0600 and on disk before anything is wrapped by it. Of several processes that start
 * at once one makes it, and all read that one.
 */
export async function makeKeyEncryptionKey(file: string): Promise<Buffer> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const text = `${randomBytes(KEY_BYTES).toString('base64url')}\n`;
    await writeFile(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    await unlink(draft);
    await flushDirectory(dirname(file));
  } catch (cause) {
    throw new InstallationError(`The key-encryption key cannot be written to ${file}.`, { cause });
  }
  const key = await readKeyEncryptionKey(file);
  if (key === undefined) throw new InstallationError(`The key-encryption key in ${file} has disappeared.`);
  return key;
}

async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
