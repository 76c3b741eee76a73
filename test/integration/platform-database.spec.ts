import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { ConnectionLanes, shareOut } from '../../src/platform/database/connection-lanes';
import { DATABASE_CONNECTION } from '../../src/platform/database/data-source';
import { Database } from '../../src/platform/database/database';
import { DatabaseModule } from '../../src/platform/database/database.module';
import { DatabaseUnavailableError } from '../../src/platform/database/database-error';
import { createLogger } from '../../src/platform/observability/logger';
import { ObservabilityModule } from '../../src/platform/observability/observability.module';
import { Test } from '@nestjs/testing';
import { getDataSourceToken } from '@nestjs/typeorm';
import { type DataSource } from 'typeorm';
import { createEmptyDatabase, type TestDatabase } from '../support/database';

const POOL = 4;
const log = createLogger('silent');

describe('Database', () => {
  let owned: TestDatabase;
  let database: Database;

  beforeAll(async () => {
    owned = await createEmptyDatabase();
    database = new Database({ url: owned.url, poolSize: POOL }, log);
    await database.query('CREATE TABLE facts (id int CONSTRAINT pk_facts PRIMARY KEY, note text)');
  });

  afterAll(async () => {
    await database.onApplicationShutdown();
    await owned.drop();
  });

  beforeEach(() => database.query('TRUNCATE facts'));

  afterEach(() => {
    expect(database.rawPool.totalCount).toBe(database.rawPool.idleCount);
  });

  const ids = async () =>
    (await database.query<{ id: number }>('SELECT id FROM facts ORDER BY id')).map((r) => r.id);

  it('stores what the work did when it resolves, and gives plain rows for every kind of statement', async () => {
    const rows = await database.transaction(async (tx) => {
      const inserted = await tx.query({
        text: 'INSERT INTO facts VALUES ($1, $2) RETURNING id',
        values: [1, 'a'],
      });
      const updated = await tx.query({ text: `UPDATE facts SET note = 'b' RETURNING note` });
      const deleted = await tx.query({ text: 'DELETE FROM facts WHERE id = 2 RETURNING id' });
      return { inserted, updated, deleted };
    });
    expect(rows).toEqual({ inserted: [{ id: 1 }], updated: [{ note: 'b' }], deleted: [] });
    expect(await ids()).toEqual([1]);
  });

  it('rolls back and rethrows what the work threw', async () => {
    const fault = new Error('changed my mind');
    const work = database.transaction(async (tx) => {
      await tx.query({ text: 'INSERT INTO facts VALUES (1)' });
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await ids()).toEqual([]);
  });

  it('passes on the error of a statement with its SQLSTATE and constraint', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query({ text: 'INSERT INTO facts VALUES (1)' });
      await tx.query({ text: 'INSERT INTO facts VALUES (1)' });
    });
    await expect(work).rejects.toMatchObject({ code: '23505', constraint: 'pk_facts' });
    expect(await ids()).toEqual([]);
  });

  it('does not call stored what PostgreSQL rolled back because a failed statement was passed over', async () => {
    const work = database.transaction(async (tx) => {
      await tx.query({ text: 'INSERT INTO facts VALUES (1)' });
      await tx.query({ text: 'SELECT 1/0' }).catch(() => undefined);
    });
    await expect(work).rejects.toThrow('nothing was stored');
    expect(await ids()).toEqual([]);
  });

  it('gives every connection back, however the work ends', async () => {
    const works = Array.from({ length: POOL * 10 }, (_, i) =>
      database.transaction(async (tx) => {
        await tx.query({ text: 'SELECT pg_sleep(0.001)' });
        if (i % 2 === 0) throw new Error('odd one out');
        return i;
      }),
    );
    const settled = await Promise.allSettled(works);
    expect(settled.filter((result) => result.status === 'fulfilled')).toHaveLength(POOL * 5);
    expect(database.rawPool.totalCount).toBeLessThanOrEqual(POOL);
  });

  it('refuses a statement after the end, when the connection may be somebody else’s', async () => {
    const late = await database.transaction((tx) => Promise.resolve(() => tx.query({ text: 'SELECT 1' })));
    await expect(late()).rejects.toThrow('over');
  });

  it('runs each session READ COMMITTED and with synchronous commit, whatever the role says', async () => {
    const admin = new Client({ connectionString: owned.superuserUrl });
    await admin.connect();
    await admin.query(
      `ALTER ROLE quietline IN DATABASE ${new URL(owned.url).pathname.slice(1)} SET synchronous_commit = off`,
    );
    await admin.end();
    const fresh = new Database({ url: owned.url, poolSize: POOL }, log);
    try {
      const rows = await fresh.transaction((tx) =>
        tx.query({
          text: `SELECT current_setting('synchronous_commit') AS sync, current_setting('transaction_isolation') AS level,
                        current_setting('statement_timeout') AS statement,
                        current_setting('idle_in_transaction_session_timeout') AS idle`,
        }),
      );
      expect(rows).toEqual([{ sync: 'on', level: 'read committed', statement: '15s', idle: '15s' }]);
    } finally {
      await fresh.onApplicationShutdown();
    }
  });

  it('plans a named statement once a connection, also when it is sent twice at once', async () => {
    await database.transaction(async (tx) => {
      const named = (n: number) =>
        tx.query<{ n: number }>({ name: 'add-one', text: 'SELECT $1::int + 1 AS n', values: [n] });
      expect(await Promise.all([named(1), named(2), named(3)])).toEqual([[{ n: 2 }], [{ n: 3 }], [{ n: 4 }]]);
      const plans = await tx.query({
        text: `SELECT name FROM pg_prepared_statements WHERE name = 'add-one'`,
      });
      expect(plans).toEqual([{ name: 'add-one' }]);
    });
  });

  describe('when the connection is cut', () => {
    const ownPid = 'SELECT pg_backend_pid() AS pid';
    const cut = (pid: number) => database.query('SELECT pg_terminate_backend($1)', [pid]);

    it('says that the work can be done again, also when it was cut between two statements', async () => {
      const work = database.transaction(async (tx) => {
        await tx.query({ text: 'INSERT INTO facts VALUES (1)' });
        const [me] = await tx.query<{ pid: number }>({ text: ownPid });
        await cut(me?.pid ?? 0);
        const seen = 'SELECT 1 FROM pg_stat_activity WHERE pid = $1';
        await eventually(async () => (await database.query(seen, [me?.pid])).length === 0);
        await tx.query({ text: 'SELECT 1' });
      });
      await expect(work).rejects.toMatchObject({ retriable: true, outcome: 'rolled_back' });
      expect(await ids()).toEqual([]);
    });

    it('does not claim to know whether a lost COMMIT was stored', async () => {
      await database.query(`
        CREATE OR REPLACE FUNCTION cut_own_session() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER cut_at_commit AFTER INSERT ON facts
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cut_own_session()`);
      try {
        const work = database.transaction((tx) => tx.query({ text: 'INSERT INTO facts VALUES (1)' }));
        const error: unknown = await work.catch((fault: unknown) => fault);
        expect(error).toBeInstanceOf(DatabaseUnavailableError);
        expect(error).toMatchObject({ retriable: true, outcome: 'unknown' });
      } finally {
        await database.query('DROP TRIGGER cut_at_commit ON facts');
      }
    });

    it('works on with new connections', async () => {
      const [me] = await database.query<{ pid: number }>(ownPid);
      await cut(me?.pid ?? 0).catch(() => undefined);
      await eventually(() => database.isAlive());
      expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });
  });

  it('takes a deadlock for a collision that can be tried again, and keeps the connection', async () => {
    await database.query('INSERT INTO facts VALUES (1), (2)');
    const lock = 'SELECT id FROM facts WHERE id = $1 FOR UPDATE';
    const crossed = (first: number, second: number, met: Promise<unknown>, arrive: () => void) =>
      database.transaction(async (tx) => {
        await tx.query({ text: lock, values: [first] });
        arrive();
        await met;
        await tx.query({ text: lock, values: [second] });
      });
    const arrivals = [deferred(), deferred()] as const;
    const met = Promise.all(arrivals.map((arrival) => arrival.promise));
    const settled = await Promise.allSettled([
      crossed(1, 2, met, arrivals[0].resolve),
      crossed(2, 1, met, arrivals[1].resolve),
    ]);
    const refused = settled.filter((result) => result.status === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]?.reason).toMatchObject({ retriable: true, outcome: 'rolled_back' });
  });

  it('leaves a server that only reads: after a failover another connection finds the one that writes', async () => {
    let pid = 0;
    const work = database.transaction(async (tx) => {
      pid = (await tx.query<{ pid: number }>({ text: 'SELECT pg_backend_pid() AS pid' }))[0]?.pid ?? 0;
      await tx.query({ text: 'SET TRANSACTION READ ONLY' });
      await tx.query({ text: 'INSERT INTO facts VALUES (1)' });
    });
    await expect(work).rejects.toMatchObject({ retriable: true, outcome: 'rolled_back' });
    await eventually(
      async () => (await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).length === 0,
    );
  });

  it('knows when the database cannot be reached', async () => {
    const nowhere = new Database({ url: 'postgresql://nobody@127.0.0.1:9/nothing', poolSize: POOL }, log);
    expect(await nowhere.isAlive()).toBe(false);
    await expect(nowhere.transaction(() => Promise.resolve())).rejects.toMatchObject({ retriable: true });
    await nowhere.onApplicationShutdown();
    expect(await database.isAlive()).toBe(true);
  });
});

describe('the connections of a pool', () => {
  let owned: TestDatabase;
  beforeAll(async () => (owned = await createEmptyDatabase()));
  afterAll(() => owned.drop());

  it('are shared out, and decisions never wait behind other work', async () => {
    const database = new Database({ url: owned.url, poolSize: 8 }, log);
    const release = deferred();
    const order: number[] = [];
    const ordinary = Array.from({ length: 20 }, (_, index) =>
      database.transaction(async () => {
        order.push(index);
        await release.promise;
      }),
    );
    const lanes = ['decisions', 'redemptions'] as const;
    for (const lane of lanes) {
      expect(await database.query('SELECT 1 AS one', [], undefined, lane)).toEqual([{ one: 1 }]);
      expect(await database.transaction(() => Promise.resolve(lane), lane)).toBe(lane);
    }
    expect(await database.isAlive()).toBe(true);
    expect(database.rawPool.totalCount).toBeLessThanOrEqual(8);
    // The first have to connect, each in its own time.
    const atOnce = shareOut(8).ordinary;
    await eventually(() => Promise.resolve(order.length === atOnce));
    release.resolve();
    await Promise.all(ordinary);
    const inOrder = [...order.slice(0, atOnce).sort(), ...order.slice(atOnce)];
    expect(inOrder).toEqual([...ordinary.keys()]);
    await database.onApplicationShutdown();
  });

  it('are waited for longer than a dead server is, and not for ever', async () => {
    jest.useFakeTimers();
    try {
      const lanes = new ConnectionLanes(4);
      await Promise.all([lanes.enter('ordinary'), lanes.enter('ordinary')]);
      const late = Promise.allSettled([lanes.enter('ordinary'), lanes.enter('ordinary')]);
      await jest.advanceTimersByTimeAsync(29_900);
      expect(lanes.depth('ordinary')).toBe(2);
      await jest.advanceTimersByTimeAsync(100);
      const refused = { status: 'rejected', reason: { retriable: true, outcome: 'rolled_back' } };
      expect(await late).toMatchObject([refused, refused]);
      lanes.leave('ordinary');
      await lanes.enter('ordinary');
      expect(lanes.depth('ordinary')).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('are given up by all who wait as soon as the database is gone', async () => {
    const { hostname, port } = new URL(owned.url);
    const sockets = new Set<Socket>();
    const relay = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      near.pipe(far).pipe(near);
    }).listen(0, '127.0.0.1');
    await once(relay, 'listening');
    const url = new URL(owned.url);
    url.hostname = '127.0.0.1';
    url.port = String((relay.address() as AddressInfo).port);
    const database = new Database({ url: url.href, poolSize: POOL }, log);
    const begun = deferred();
    const works = Array.from({ length: 100 }, () =>
      database.transaction(async (tx) => {
        await tx.query({ text: 'SELECT 1' });
        begun.resolve();
        await tx.query({ text: 'SELECT pg_sleep(60)' });
      }),
    );
    await begun.promise;
    const since = performance.now();
    relay.close();
    for (const socket of sockets) socket.destroy();
    const settled = await Promise.allSettled(works);
    expect(settled.map(({ status }) => status)).toEqual(works.map(() => 'rejected'));
    // Long before anybody's patience or a statement's deadline.
    expect(performance.now() - since).toBeLessThan(5_000);
    await database.onApplicationShutdown();
  });
});

describe('DatabaseModule', () => {
  it('gives Database and TypeORM their own pools and closes both', async () => {
    const owned = await createEmptyDatabase();
    const module = await Test.createTestingModule({
      imports: [ObservabilityModule.forRoot(log), DatabaseModule.forRoot({ url: owned.url, poolSize: POOL })],
    }).compile();
    await module.init();
    const source = module.get<DataSource>(getDataSourceToken());
    const database = module.get(Database);
    expect(await source.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(await database.query('SELECT 2 AS two')).toEqual([{ two: 2 }]);
    expect(() => module.get(DATABASE_CONNECTION)).not.toThrow();
    await module.close();
    expect(source.isInitialized).toBe(false);
    expect(database.rawPool.ended).toBe(true);
    await owned.drop();
  });
});

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('It did not come to pass within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
