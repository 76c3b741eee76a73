import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its key, as PEM files. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
}

/** An authority of this test alone, and what it signed. */
export interface Certificates {
  readonly directory: string;
  /** The authority's own certificate, as a file. */
  readonly ca: string;
  /** One that has signed nothing of this. */
  readonly strangersCa: string;
  /** Of a server called `localhost` and of no other name. */
  readonly server: Pair;
  /** The same, and over since yesterday. */
  readonly expired: Pair;
  /** Of a client, by the authority. */
  readonly client: Pair;
  /** Of a client, by the stranger. */
  readonly stranger: Pair;
  remove(): Promise<void>;
}

/** Made new for each test file, so that nothing here ever expires. `owner` is the user who must read the keys. */
export async function makeCertificates(owner?: { uid: number; gid: number }): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'quietline-certificates-'));
  await chmod(directory, 0o755);
  const ca = authority(directory, 'authority');
  const stranger = authority(directory, 'stranger');
  const make = async (name: string, by: Pair, subject: string, days: number): Promise<Pair> => {
    const pair = { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
    const request = join(directory, `${name}.csr`);
    const extensions = join(directory, `${name}.ext`);
    await writeFile(extensions, `subjectAltName=DNS:${subject}\n`);
    openssl('req', ...NEW_KEY, '-keyout', pair.key, '-out', request, '-subj', `/CN=${subject}`);
    const signing = ['-CA', by.cert, '-CAkey', by.key, '-CAcreateserial', '-days', String(days)];
    openssl('x509', '-req', '-in', request, ...signing, '-extfile', extensions, '-out', pair.cert);
    await chmod(pair.key, 0o600);
    if (owner !== undefined) await chown(pair.key, owner.uid, owner.gid);
    return pair;
  };
  return {
    directory,
    ca: ca.cert,
    strangersCa: stranger.cert,
    server: await make('server', ca, 'localhost', 2),
    expired: await make('expired', ca, 'localhost', -1),
    client: await make('client', ca, 'quietline', 2),
    stranger: await make('guest', stranger, 'quietline', 2),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

function authority(directory: string, name: string): Pair {
  const pair = { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    '-keyout',
    pair.key,
    '-out',
    pair.cert,
    '-days',
    '2',
    '-subj',
    `/CN=${name}`,
  );
  return pair;
}

function openssl(...args: string[]): void {
  const { status, stderr, error } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`openssl ${args[0]} failed: ${error?.message ?? stderr}`);
}
