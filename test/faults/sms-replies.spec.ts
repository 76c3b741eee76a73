import { Database } from '../../src/platform/database/database';
import { createLogger } from '../../src/platform/observability/logger';
import { FaultyDatabase } from '../contract/faulty-database';
import { startApp, type TestApp } from '../support/app';
import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import { eventually } from '../support/proofs/eventually';
import { RemoteBank } from '../support/processes/remote-bank';
import { AFTERNOON } from '../support/processes/shifted-time';
import { sms, SMS_ENV, SmsProvider } from '../support/sms-provider';
import { type Received, SmsPlatform } from '../support/sms-platform';

const MORNING = '2026-11-24T10:00:00+08:00';
const NOW = Date.parse(MORNING);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const at = (ms: number): string => new Date(NOW + ms).toISOString();

interface Row {
  state: string;
  attempts: number;
  sealed: Buffer | null;
}

let database: TestDatabase;
let dataDir: string;
let home: TestApp;
const opened: (() => Promise<void>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  home = await startApp({ database, now: MORNING, env: SMS_ENV });
  dataDir = home.dataDir;
});
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
  await queryRows(database, 'DELETE FROM sms_replies');
});
afterAll(async () => {
  await home.close();
  await database.drop();
});

async function platform(respond: (received: Received, before: number) => void, port?: number) {
  const there = await new SmsPlatform(respond).listen(port);
  opened.push(() => there.close());
  return there;
}

async function gateway(env: Record<string, string>, faulty?: FaultyDatabase) {
  const providers = faulty === undefined ? [] : [{ token: Database, value: faulty }];
  const app = await startApp({ database, dataDir, now: MORNING, env: { ...SMS_ENV, ...env }, providers });
  opened.push(() => app.close());
  return { app, provider: SmsProvider.of(app) };
}

const rows = (): Promise<Row[]> =>
  queryRows<Row>(database, 'SELECT state, attempts, sealed FROM sms_replies');
const states = async (): Promise<string[]> => (await rows()).map(({ state }) => state);
const settled = (count: number): Promise<Row[]> =>
  eventually('the replies are done', async () => {
    const all = await rows();
    return all.length === count && all.every(({ state }) => state !== 'queued') && all;
  });
const ok = ({ answer }: Received): void => answer(200);

describe('replies to customers', () => {
  it('are sent once, signed, to the sender of the message, in its language', async () => {
    const there = await platform(ok);
    const { provider } = await gateway(there.env);
    const number = freshNumber();
    const message = sms(number, '退订', at(-SECOND));
    // Whoever reads a reply in the answer sends it: the customer would be told twice.
    expect(await provider.push(message)).toEqual({ action: 'opted_out' });
    await provider.push(message);
    expect(await settled(1)).toEqual([{ state: 'sent', attempts: 1, sealed: null }]);
    expect(there.received).toHaveLength(1);
    expect(there.received[0]).toMatchObject({
      signed: true,
      timestamp: NOW / SECOND,
      reply: {
        inReplyTo: message.messageId,
        from: '95588',
        to: number,
        text: expect.stringMatching(/^您的要求已登记/) as string,
      },
    });
  });

  it('are sent again after a 500, a 429 and a closed connection, under the same id', async () => {
    const there = await platform(({ answer }, before) => {
      if (before < 2) answer([500, 429][before] ?? 500);
      else answer(200);
    });
    const { app, provider } = await gateway(there.env);
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    await eventually('two refusals', async () => {
      app.clock.advance(SECOND);
      return (await states())[0] === 'sent';
    });
    expect(there.received).toHaveLength(3);
    expect(there.counts()).toEqual([3]);
  });

  it('wait for a platform that cannot be reached', async () => {
    const gone = await new SmsPlatform(ok).listen();
    const { port, env } = gone;
    await gone.close();
    const { app, provider } = await gateway(env);
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    await eventually('an attempt', async () => ((await rows())[0]?.attempts ?? 0) > 0);
    const there = await platform(ok, port);
    await eventually('it is sent', async () => {
      app.clock.advance(SECOND);
      return (await states())[0] === 'sent';
    });
    expect(there.received).toHaveLength(1);
  });

  it('are given up by an attempt that gets no answer, and tried again', async () => {
    const there = await platform(({ answer }, before) => before > 0 && answer(200));
    const { app, provider } = await gateway(there.env);
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    await eventually('it was given up', async () =>
      app.logged.some((line) => line.includes('A reply could not be sent')),
    );
    await eventually('it is sent', async () => {
      app.clock.advance(SECOND);
      return (await states())[0] === 'sent';
    });
    expect(there.counts()).toEqual([2]);
  });

  it('are not sent again where the platform says that they are wrong', async () => {
    const there = await platform(({ answer }) => answer(422));
    const { provider } = await gateway(there.env);
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    expect(await settled(1)).toEqual([{ state: 'refused', attempts: 1, sealed: null }]);
    expect(there.received).toHaveLength(1);
  });

  it('expire five minutes after the message, and are then never sent', async () => {
    const there = await platform(({ answer }) => answer(503));
    const { app, provider } = await gateway(there.env);
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    await eventually('an attempt', async () => there.received.length > 0);
    // Later than any wait after a refusal.
    app.clock.set(NOW + 6 * MINUTE);
    // The attempt that is under way puts its reply off by this clock.
    await eventually('it has expired', async () => {
      app.clock.advance(SECOND);
      return (await states())[0] === 'expired';
    });
    expect(await rows()).toMatchObject([{ state: 'expired', sealed: null }]);
    const sent = there.received.length;
    app.clock.advance(MINUTE);
    await provider.push(sms(freshNumber(), 'STOP', at(2 * MINUTE)));
    expect(await states()).toEqual(['expired']);
    expect(there.received.length).toBe(sent);
  });

  it('are not even queued where they would be late, and not where nobody sends them', async () => {
    const there = await platform(ok);
    const { provider } = await gateway(there.env);
    expect(await provider.push(sms(freshNumber(), 'STOP', at(-5 * MINUTE)))).toEqual({ action: 'opted_out' });
    expect((await SmsProvider.of(home).push(sms(freshNumber(), 'STOP', at(-SECOND)))).reply).toBeDefined();
    expect(await rows()).toEqual([]);
  });

  it('are sent once each by two gateways at once', async () => {
    const there = await platform(ok);
    const one = await gateway(there.env);
    const other = await gateway(there.env);
    const messages = Array.from({ length: 120 }, () => sms(freshNumber(), 'STOP', at(-SECOND)));
    await Promise.all(
      messages.map((message, index) => (index % 2 === 0 ? one : other).provider.push(message)),
    );
    await settled(120);
    expect(there.counts()).toEqual(Array(120).fill(1));
    expect(new Set(await states())).toEqual(new Set(['sent']));
  });

  it('are sent again, under the same id, when the gateway dies between sending and noting it', async () => {
    const there = await platform(ok);
    const faulty = new FaultyDatabase({ url: database.url, poolSize: 4 }, createLogger('silent'));
    const { provider } = await gateway(there.env, faulty);
    faulty.break('sms-reply-finish', 'crash before');
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    await eventually('it was sent', async () => there.received.length === 1 && faulty.isDead);
    expect(await states()).toEqual(['queued']);
    const { app } = await gateway(there.env);
    // As long as the dead one may still be at it, nobody else is.
    app.clock.advance(14 * SECOND);
    await eventually('the other one has looked', async () => Promise.resolve(there.received.length === 1));
    app.clock.advance(SECOND);
    await settled(1);
    expect(there.counts()).toEqual([2]);
  });

  it('stay with the wish: what is not committed is not sent', async () => {
    const there = await platform(ok);
    const faulty = new FaultyDatabase({ url: database.url, poolSize: 4 }, createLogger('silent'));
    const { provider } = await gateway(there.env, faulty);
    const before = await queryRows<{ count: string }>(database, 'SELECT count(*) FROM events');
    const message = sms(freshNumber(), 'STOP', at(-SECOND));
    for (const statement of [
      'evidence-record',
      'wish-insert',
      'own-words-said',
      'sms-reply-add',
      'sms-insert',
    ]) {
      faulty.break(statement, 'failed');
      expect((await provider.post(message)).status).toBe(500);
      expect([statement, faulty.met.get(statement)]).toEqual([statement, 1]);
    }
    expect(await rows()).toEqual([]);
    expect(await queryRows(database, 'SELECT count(*) FROM events')).toEqual(before);
    // Stored, and the answer lost: the second try finds it done.
    faulty.break('sms-insert', 'failed but stored');
    expect((await provider.post(message)).status).toBe(503);
    expect(await provider.push(message)).toEqual({ action: 'opted_out' });
    await settled(1);
    expect(there.received).toHaveLength(1);
  });

  it('are finished when the gateway is told to stop, or handed on', async () => {
    const there = await platform((received, before) => before > 0 && received.answer(200));
    const { app, provider } = await gateway(there.env);
    await provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    const hanging = await eventually('the first came', async () => there.received[0]);
    const since = performance.now();
    const closing = app.close();
    setTimeout(() => hanging.answer(200), 200);
    await closing;
    opened.pop();
    expect(await states()).toEqual(['sent']);
    expect(performance.now() - since).toBeLessThan(5_000);
    await queryRows(database, 'DELETE FROM sms_replies');

    const silent = await platform((received, before) => before > 0 && received.answer(200));
    const one = await gateway(silent.env);
    await one.provider.push(sms(freshNumber(), 'STOP', at(-SECOND)));
    await eventually('the first came', async () => silent.received.length > 0);
    await one.app.close();
    opened.pop();
    expect(await states()).toEqual(['queued']);
    await gateway(silent.env);
    await settled(1);
    expect(silent.counts()).toEqual([2]);
  });
});

describe('a gateway that is killed while it sends', () => {
  it('leaves the reply to the next one, under the same id', async () => {
    const own = await createTestDatabase();
    const bank = await RemoteBank.make();
    const there = await new SmsPlatform(({ answer }, before) => before > 0 && answer(200)).listen();
    try {
      await bank.open(own);
      const env = { ...SMS_ENV, ...there.env };
      const first = await bank.start(own.url, env);
      const raw = JSON.stringify(sms(freshNumber(), '退订', new Date(AFTERNOON).toISOString()));
      const headers = new SmsProvider(home.anonymous, () => AFTERNOON).sign(raw);
      const answer = await fetch(`${first.url}/v1/sms/inbound`, {
        method: 'POST',
        body: raw,
        headers: { ...headers, 'content-type': 'application/json' },
      });
      expect(await answer.json()).toMatchObject({ action: 'opted_out' });
      await eventually('it is being sent', async () => there.received.length === 1);
      first.signal('SIGKILL');
      await first.ended;
      await bank.start(own.url, env);
      await eventually('it is sent', async () => {
        const [row] = await queryRows<Row>(own, 'SELECT state FROM sms_replies');
        return row?.state === 'sent';
      });
      expect(there.counts()).toEqual([2]);
      expect(there.received.every(({ signed }) => signed)).toBe(true);
    } finally {
      await there.close();
      await bank.close();
      await own.drop();
    }
  });
});
