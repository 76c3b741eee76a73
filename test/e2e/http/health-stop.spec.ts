import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '../../support/database';
import { holdLock, queryRows } from '../../support/database-rows';
import { type GatewayProcess, startGateway } from '../../support/gateway-process';

const run = promisify(execFile);

jest.setTimeout(60_000);

describe('starting and stopping', () => {
  let database: TestDatabase;
  let dataDir: string;
  const started: GatewayProcess[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'quietline serve '));
  });
  afterAll(async () => {
    for (const gateway of started) gateway.signal('SIGKILL');
    await Promise.all(started.map((gateway) => gateway.ended));
    await rm(dataDir, { recursive: true, force: true });
    await database.drop();
  });

  const start = async (env: Record<string, string> = {}): Promise<GatewayProcess> => {
    const gateway = await startGateway({ DATABASE_URL: database.url, DATA_DIR: dataDir, ...env });
    started.push(gateway);
    return gateway;
  };
  const post = (gateway: GatewayProcess, body: unknown, key: string): Promise<Response> =>
    fetch(`${gateway.url}/v1/clients`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const readKey = async (): Promise<string> => (await readFile(join(dataDir, 'admin-key'), 'utf8')).trim();

  it('prints a curl that makes the first client as it stands, and keeps its secrets to itself', async () => {
    const gateway = await start({ LEDGER_ORIGIN: 'gate.example/ledger' });
    const command = /^ {2}(curl [\s\S]*?)\n\n/m.exec(gateway.output())?.[1] ?? 'false';
    const { stdout } = await run('/bin/sh', ['-c', command]);
    expect(JSON.parse(stdout)).toEqual({
      id: expect.any(String),
      key: expect.stringMatching(/^ql_[\w-]{43}$/),
    });
    for (const file of ['admin-key', 'key-encryption-key']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
    expect(gateway.output()).not.toContain(await readKey());
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
  });

  it('keeps admin key and identity over a restart', async () => {
    const key = await readKey();
    const before = await queryRows(database, 'SELECT instance_id FROM installation');
    const gateway = await start({ LEDGER_ORIGIN: 'gate.example/ledger' });
    expect(await readKey()).toBe(key);
    expect((await post(gateway, { name: 'N', kind: 'system', roles: ['care'] }, key)).status).toBe(201);
    expect(await queryRows(database, 'SELECT instance_id FROM installation')).toEqual(before);
    gateway.signal('SIGTERM');
    expect((await gateway.ended).code).toBe(0);
  });

  it('tells whoever asks on a kept connection that it stops, instead of cutting it off', async () => {
    const gateway = await start({ LEDGER_ORIGIN: 'gate.example/ledger' });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<{ status: number; connection: string | undefined; port: number | undefined }> =>
      new Promise((resolve, reject) => {
        const asked = request(`${gateway.url}/v1/clients`, { agent }, (answer) => {
          const port = answer.socket.localPort;
          const { statusCode: status = 0, headers } = answer;
          answer.resume().on('end', () => resolve({ status, connection: headers.connection, port }));
        });
        asked.on('error', reject).end();
      });
    const before = await ask();
    expect(before).toMatchObject({ status: 401, connection: 'keep-alive' });
    gateway.signal('SIGTERM');
    // Many looks at idle connections later, and well within the second that they are left.
    await delay(300);
    expect(await ask()).toEqual({ status: 503, connection: 'close', port: before.port });
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    agent.destroy();
  });

  it('refuses another ledger origin, and another key-encryption key, with one line', async () => {
    await expect(start({ LEDGER_ORIGIN: 'other.example/ledger' })).rejects.toThrow(
      /quietline: The ledger of this database is named gate\.example\/ledger, .* set LEDGER_ORIGIN=gate\.example\/ledger\.\n$/,
    );
    const elsewhere = await mkdtemp(join(tmpdir(), 'quietline-other-'));
    try {
      await expect(start({ DATA_DIR: elsewhere })).rejects.toThrow(
        /key-encryption-key is missing: .* \(KEK_FILE\)\.\n$/,
      );
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  it('refuses a key-encryption key that others can read, with one line', async () => {
    const file = join(dataDir, 'key-encryption-key');
    await chmod(file, 0o640);
    try {
      await expect(start({ LEDGER_ORIGIN: 'gate.example/ledger' })).rejects.toThrow(
        /key-encryption-key is open to other users .* set its mode to 0600 and start again\.\n$/,
      );
    } finally {
      await chmod(file, 0o600);
    }
  });

  it('starts for the first time where nothing of its own but the admin key goes into DATA_DIR', async () => {
    const fresh = await createTestDatabase();
    const elsewhere = await mkdtemp(join(tmpdir(), 'quietline-keys-'));
    const own = join(elsewhere, 'not', 'made');
    try {
      const gateway = await start({
        DATABASE_URL: fresh.url,
        DATA_DIR: own,
        KEK_FILE: join(elsewhere, 'kek'),
      });
      expect((await stat(join(own, 'admin-key'))).mode & 0o777).toBe(0o600);
      expect((await stat(own)).mode & 0o777).toBe(0o700);
      gateway.signal('SIGTERM');
      expect((await gateway.ended).code).toBe(0);
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
      await fresh.drop();
    }
  });

  it('finishes what it accepted after SIGTERM, takes nothing new, and exits 0 in time', async () => {
    const gateway = await start({ LEDGER_ORIGIN: 'gate.example/ledger' });
    const key = await readKey();
    // A connection that is kept alive must not keep the process alive.
    expect((await fetch(`${gateway.url}/health/ready`)).status).toBe(200);
    const lock = await holdLock(database, `SELECT pg_advisory_lock(hashtextextended('clients', 0))`);
    const officer = { name: 'O', kind: 'person', roles: ['compliance'] };
    const accepted = post(gateway, officer, key);
    await lock.waitForWaiter();
    const since = performance.now();
    gateway.signal('SIGTERM');
    for (;;) {
      const { status } = await fetch(`${gateway.url}/health/ready`);
      if (status === 503) break;
      await delay(5);
    }
    const refused = await post(gateway, officer, key);
    expect({ status: refused.status, body: await refused.json() }).toMatchObject({
      status: 503,
      body: { code: 'DECISION_UNAVAILABLE' },
    });
    expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
    await lock.release();
    expect((await accepted).status).toBe(201);
    expect(await gateway.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - since).toBeLessThan(10_000);
    expect(await queryRows(database, `SELECT 1 FROM clients WHERE 'compliance' = ANY (roles)`)).toHaveLength(
      1,
    );
  });

  it('exits in time although something never ends, and says so', async () => {
    const gateway = await start({ LEDGER_ORIGIN: 'gate.example/ledger' });
    const key = await readKey();
    const lock = await holdLock(database, `SELECT pg_advisory_lock(hashtextextended('clients', 0))`);
    const hanging = post(gateway, { name: 'O', kind: 'person', roles: ['compliance'] }, key).catch(
      () => undefined,
    );
    await lock.waitForWaiter();
    const since = performance.now();
    gateway.signal('SIGTERM');
    expect(await gateway.ended).toEqual({ code: 1, signal: null });
    expect(gateway.output()).toContain('Something did not stop in time.');
    expect(performance.now() - since).toBeLessThan(10_500);
    await lock.release();
    await hanging;
  });
});
