import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { unprivilegedUser } from '../../src/platform/database/embedded/unprivileged-user';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/platform/database/embedded-postgres';
import { createLogger } from '../../src/platform/observability/logger';
import { type Certificates, makeCertificates } from '../support/certificates';
import { startGateway } from '../support/gateway-process';
import { eventually } from '../support/proofs/eventually';

let certificates: Certificates;
let dataDir: string;
let server: EmbeddedPostgres;

beforeAll(async () => {
  const user = await unprivilegedUser();
  certificates = await makeCertificates(user);
  dataDir = await mkdtemp(join(tmpdir(), 'quietline-tls-'));
  const { cert, key } = certificates.server;
  server = await startEmbeddedPostgres({
    dataDir,
    log: createLogger('error'),
    settings: { ssl: 'on', ssl_cert_file: cert, ssl_key_file: key, shared_buffers: '64MB' },
  });
});
afterAll(async () => {
  await server.stop();
  await certificates.remove();
  await rm(dataDir, { recursive: true, force: true });
});

/** As an operator would write it. */
function databaseUrl(change: { host?: string; ca?: string; password?: string } = {}): string {
  const url = new URL(server.url);
  url.hostname = change.host ?? 'localhost';
  if (change.password !== undefined) url.password = change.password;
  url.searchParams.set('sslmode', 'verify-full');
  url.searchParams.set('sslrootcert', change.ca ?? certificates.ca);
  return url.href;
}

async function asSuperuser<T>(sql: string): Promise<T[]> {
  const client = new Client({ connectionString: server.superuserUrl });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

/** What the gateway says that does not start with this database, without what Node.js says of itself. */
async function refusal(url: string): Promise<string[]> {
  const started = startGateway({ DATABASE_URL: url, DATA_DIR: join(dataDir, 'gateway') });
  const words = await started.then(
    (gateway) => {
      gateway.signal('SIGKILL');
      return 'It started.';
    },
    (error: Error) => error.message,
  );
  return words.split('\n').filter((line) => line !== '');
}

describe('the database over TLS', () => {
  it('is reached by every connection of the gateway encrypted, its certificate and name checked', async () => {
    const gateway = await startGateway({ DATABASE_URL: databaseUrl(), DATA_DIR: join(dataDir, 'gateway') });
    try {
      await eventually(
        'it is ready',
        async () => (await fetch(`${gateway.url}/health/ready`)).status === 200,
      );
      const sessions = await asSuperuser<{ name: string; ssl: boolean; version: string }>(
        `SELECT application_name AS name, ssl, version FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
         WHERE usename = 'quietline'`,
      );
      expect(new Set(sessions.map(({ name }) => name))).toEqual(new Set(['quietline', 'quietline-settings']));
      for (const session of sessions) expect(session).toMatchObject({ ssl: true, version: 'TLSv1.3' });
    } finally {
      gateway.signal('SIGTERM');
      expect(await gateway.ended).toMatchObject({ code: 0 });
    }
  });

  it.each([
    ['an authority that did not sign it', () => databaseUrl({ ca: certificates.strangersCa }), /certificate/],
    ['a name that is not the certificate’s', () => databaseUrl({ host: '127.0.0.1' }), /127\.0\.0\.1/],
    ['a wrong password', () => databaseUrl({ password: 'wrong-one' }), /password authentication failed/],
    ['an authority that is no file', () => databaseUrl({ ca: '/nowhere/ca.pem' }), /\/nowhere\/ca\.pem/],
  ])('is not used with %s, and one line says why', async (_, url, words) => {
    const [ended, ...lines] = await refusal(url());
    expect(ended).toBe('The gateway ended with 1:');
    expect(lines).toEqual([expect.stringMatching(words)]);
    expect(lines.join()).not.toContain(new URL(url()).password);
  });

  it('is not used with a certificate that has run out', async () => {
    await copyFile(certificates.expired.cert, certificates.server.cert);
    await copyFile(certificates.expired.key, certificates.server.key);
    await asSuperuser('SELECT pg_reload_conf()');
    const [ended, ...lines] = await eventually('the server shows it', async () => {
      const said = await refusal(databaseUrl());
      return said[0] !== 'It started.' && said;
    });
    expect(ended).toBe('The gateway ended with 1:');
    expect(lines).toEqual([expect.stringMatching(/certificate has expired/)]);
  });
});
