import { setTimeout as delay } from 'node:timers/promises';
import { LeadershipLostError, Leader } from '../../src/platform/leases/leader';
import { LeasesRepository } from '../../src/platform/leases/leases.repository';
import { createLogger } from '../../src/platform/observability/logger';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { eventually } from '../support/proofs/eventually';
import { FaultyDatabase } from './faulty-database';

const LEASE_MS = 600;
const OPTIONS = { leaseMs: LEASE_MS, standbyMs: 40 };
const log = createLogger('silent');

/** One process that stands for the lease. */
interface Stand {
  database: FaultyDatabase;
  leader: Leader;
}

describe('a lease', () => {
  let database: TestDatabase;
  let stands: Stand[];
  let name: string;
  let leases = 0;
  beforeAll(async () => {
    database = await createTestDatabase();
    await queryRows(
      database,
      'CREATE TABLE effects (lease text, epoch text); GRANT ALL ON effects TO quietline',
    );
  });
  beforeEach(() => {
    stands = [];
    leases += 1;
    name = `work-${leases}`;
  });
  afterEach(async () => {
    for (const stand of stands) {
      stand.database.unreachable = false;
      stand.database.releaseAll();
      await stand.leader.stop();
      await stand.database.onApplicationShutdown();
    }
  });
  afterAll(() => database.drop());

  function stand(): Stand {
    const faulty = new FaultyDatabase({ url: database.url, poolSize: 4 }, log);
    const made = { database: faulty, leader: new Leader(name, new LeasesRepository(faulty), log, OPTIONS) };
    stands.push(made);
    made.leader.start();
    return made;
  }

  const leads = ({ leader }: Stand, withinMs?: number): Promise<boolean> =>
    eventually('it leads', () => Promise.resolve(leader.leads), withinMs);

  async function leaderAndStandby(): Promise<[Stand, Stand]> {
    const first = stand();
    await leads(first);
    const second = stand();
    await eventually('the standby has looked', () =>
      queryRows(database, 'SELECT 1 FROM leases WHERE name = $1', [name]).then((rows) => rows.length === 1),
    );
    return [first, second];
  }

  const effect = ({ leader }: Stand): Promise<unknown> =>
    leader.act((tx) =>
      tx.query({
        name: 'effect',
        text: 'INSERT INTO effects VALUES ($1, $2)',
        values: [name, String(leader.term)],
      }),
    );

  const effects = async (): Promise<string[]> =>
    (await queryRows<{ epoch: string }>(database, 'SELECT epoch FROM effects WHERE lease = $1', [name])).map(
      ({ epoch }) => epoch,
    );

  it('has one holder of many who stand for it at once, and lets nobody else act', async () => {
    const many = Array.from({ length: 6 }, () => stand());
    await eventually('a leader', () => Promise.resolve(many.some(({ leader }) => leader.leads)));
    await delay(LEASE_MS * 2);
    const [leading, ...more] = many.filter(({ leader }) => leader.leads);
    expect(more).toEqual([]);
    expect(leading?.leader.term).toBe(1);
    for (const one of many) {
      if (one === leading) await effect(one);
      else await expect(effect(one)).rejects.toThrow(LeadershipLostError);
    }
    expect(await effects()).toEqual(['1']);
  });

  it('goes to a standby at once when the holder stops', async () => {
    const [first, second] = await leaderAndStandby();
    await first.leader.stop();
    await leads(second, LEASE_MS / 2);
    expect([first.leader.leads, second.leader.term]).toEqual([false, 2]);
    await expect(effect(first)).rejects.toThrow(LeadershipLostError);
  });

  it('goes to a standby when the holder is silent, and not before it has run out', async () => {
    const [first, second] = await leaderAndStandby();
    const since = performance.now();
    first.database.die();
    await leads(second);
    expect(performance.now() - since).toBeGreaterThan(LEASE_MS / 3);
    expect(performance.now() - since).toBeLessThan(LEASE_MS * 4);
  });

  it('refuses the late effect of a holder that was paused before it', async () => {
    const [first, second] = await leaderAndStandby();
    const renewal = first.database.hold('lease-renew');
    await renewal.reached;
    const fence = first.database.hold('lease-fence');
    const late = effect(first);
    late.catch(() => undefined);
    await fence.reached;
    await leads(second);
    await effect(second);
    first.database.releaseAll();
    await expect(late).rejects.toThrow(LeadershipLostError);
    expect(first.leader.leads).toBe(false);
    expect(await effects()).toEqual(['2']);
  });

  it('goes to nobody while an effect of its holder is being stored', async () => {
    const [first, second] = await leaderAndStandby();
    const renewal = first.database.hold('lease-renew');
    await renewal.reached;
    const storing = first.database.hold('effect', 'after');
    const done = effect(first);
    await storing.reached;
    await delay(LEASE_MS * 2);
    expect(second.leader.leads).toBe(false);
    first.database.releaseAll();
    await done;
    await eventually('one of them leads', () => Promise.resolve(first.leader.leads || second.leader.leads));
    expect(await effects()).toEqual(['1']);
  });

  it('ends the effect of a holder that is paused for ever in the middle of it', async () => {
    const [first, second] = await leaderAndStandby();
    const renewal = first.database.hold('lease-renew');
    await renewal.reached;
    const storing = first.database.hold('effect', 'after');
    const done = effect(first);
    done.catch(() => undefined);
    await storing.reached;
    await leads(second, 9_000);
    await effect(second);
    first.database.releaseAll();
    await expect(done).rejects.toThrow();
    expect(await effects()).toEqual(['2']);
  }, 20_000);

  it('has one holder again after the database was away', async () => {
    const pair = await leaderAndStandby();
    for (const one of pair) one.database.unreachable = true;
    await delay(LEASE_MS * 2);
    for (const one of pair) one.database.unreachable = false;
    await eventually('somebody acts', () =>
      effect(pair[0]).then(
        () => true,
        () =>
          effect(pair[1]).then(
            () => true,
            () => false,
          ),
      ),
    );
    await delay(LEASE_MS);
    expect(pair.filter(({ leader }) => leader.leads)).toHaveLength(1);
  });
});
