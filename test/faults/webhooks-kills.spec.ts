import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { type GatewayProcess, startGateway } from '../support/gateway-process';
import { RemoteCaller } from '../support/processes/remote-caller';
import { eventually } from '../support/proofs/eventually';
import { Subscriber } from '../support/subscriber/subscriber';
import { type Made } from '../support/subscriber/webhook-stage';

const ENTRY = require.resolve('../support/subscriber/webhook-gateway');
const ADMIN_KEY = 'admin-of-the-webhook-kills';

/** Real processes, as they are killed. */
describe('a gateway that dies with events in hand', () => {
  let database: TestDatabase;
  let dataDir: string;
  let subscriber: Subscriber;
  let gateway: GatewayProcess;
  let officer: RemoteCaller;

  const start = () =>
    startGateway(
      {
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: '8',
        DATA_DIR: dataDir,
        LEDGER_ORIGIN: 'quietline.test/ledger',
        BOOTSTRAP_ADMIN_KEY: ADMIN_KEY,
        WEBHOOK_PRIVATE_NETWORKS: '127.0.0.1/32',
      },
      [ENTRY, String(subscriber.port)],
    );

  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'quietline-webhooks-'));
    subscriber = await Subscriber.listen();
    gateway = await start();
    const admin = new RemoteCaller(
      () => gateway.url,
      () => ADMIN_KEY,
    );
    const body = { name: 'Officer', kind: 'person', roles: ['compliance'] };
    const { key } = (await admin.post<{ key: string }>('/v1/clients', body)).body;
    officer = new RemoteCaller(
      () => gateway.url,
      () => key,
    );
  });
  afterAll(async () => {
    gateway.signal('SIGTERM');
    await gateway.ended;
    await subscriber.close();
    await rm(dataDir, { recursive: true, force: true });
    await database.drop();
  });

  const happen = async (name: string): Promise<void> => {
    expect((await officer.put(`/v1/entities/${name}`, { name })).status).toBe(201);
  };

  it('has them delivered by the next one under the same ids, after kill -9 between sending and writing down', async () => {
    const url = `https://127.0.0.1:${subscriber.port}/hooks`;
    const made = await officer.post<Made>('/v1/webhooks', { url, types: ['entity.changed.v1'] });
    expect(made.status).toBe(201);
    // The event has been sent and taken; that it was will never be written down.
    subscriber.answer = () => undefined;
    await happen('before');
    await subscriber.has(1);
    gateway.signal('SIGKILL');
    await gateway.ended;
    expect(await states()).toEqual([{ state: 'pending', attempts: 1 }]);
    subscriber.answer = (response) => void response.writeHead(204).end();
    gateway = await start();
    await subscriber.has(2);
    const [first, second] = subscriber.ids();
    expect(second).toBe(first);
    expect(subscriber.verified(made.body.secret).map(({ id }) => id)).toEqual([first, first]);
    await eventually('it is written down', async () => (await states())[0]?.state === 'delivered');
  });

  it('finishes on SIGTERM what is in hand, and what gets no answer in time is nobody’s attempt', async () => {
    subscriber.reset();
    let first: (() => void) | undefined;
    subscriber.answer = (response, nth) => {
      if (nth === 1) first = () => void response.writeHead(200).end();
    };
    await happen('slow-1');
    await happen('slow-2');
    await subscriber.has(2);
    gateway.signal('SIGTERM');
    first?.();
    expect(await gateway.ended).toMatchObject({ code: 0 });
    const [answered, hanging] = subscriber.ids();
    expect(await states([answered])).toEqual([{ state: 'delivered', attempts: 1 }]);
    expect(await states([hanging])).toEqual([{ state: 'pending', attempts: 0 }]);
    subscriber.answer = (response) => void response.writeHead(204).end();
    gateway = await start();
    await subscriber.has(3);
    expect(subscriber.ids()[2]).toBe(hanging);
    await eventually('both are delivered', async () =>
      (await states([answered, hanging])).every(({ state }) => state === 'delivered'),
    );
  });

  function states(ids?: readonly (string | undefined)[]): Promise<{ state: string; attempts: number }[]> {
    return queryRows(
      database,
      `SELECT state, attempts FROM webhook_deliveries WHERE $1::uuid[] IS NULL OR event_id = ANY ($1::uuid[])
       ORDER BY event_id`,
      [ids ?? null],
    );
  }
});
