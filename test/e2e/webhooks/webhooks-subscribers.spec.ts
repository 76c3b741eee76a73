import { performance } from 'node:perf_hooks';
import { expectStatus } from '../../support/http';
import { eventually } from '../../support/proofs/eventually';
import { type DeliveryView, WebhookStage } from '../../support/subscriber/webhook-stage';

/** Subscribers that do not behave, each beside one that does. */
describe('a subscriber that', () => {
  let stage: WebhookStage;
  let nth = 0;
  beforeAll(async () => {
    stage = await WebhookStage.open(['bad', 'good'], { timeoutMs: 300, retryWaitsMs: [20, 60_000] });
  });
  afterEach(async () => {
    const page = await expectStatus(200, stage.officer.get<{ items: { id: string }[] }>('/v1/webhooks'));
    for (const { id } of page.items)
      await expectStatus(200, stage.officer.post(`/v1/webhooks/${id}/disable`));
    for (const subscriber of stage.subscribers) subscriber.reset();
  });
  afterAll(() => stage.close());

  /** One event to both; the bad one's delivery after two attempts, once the good one has the event. */
  async function tried(): Promise<DeliveryView> {
    const [bad, good] = stage.subscribers;
    const { id } = await stage.subscribe(bad?.url ?? '');
    await stage.subscribe(good?.url ?? '');
    await stage.happen(`tried-${nth++}`);
    await good?.has(1);
    return eventually('two attempts', async () => {
      const [delivery] = await stage.deliveries(id);
      return delivery?.attempts === 2 && delivery.outcome !== undefined && delivery;
    });
  }

  it('is silent runs out of time', async () => {
    const [bad] = stage.subscribers;
    if (bad !== undefined) bad.answer = () => undefined;
    expect(await tried()).toMatchObject({ state: 'pending', outcome: 'TIMEOUT' });
  });

  it('cuts the connection is tried again', async () => {
    const [bad] = stage.subscribers;
    if (bad !== undefined) bad.answer = (response) => void response.destroy();
    expect(await tried()).toMatchObject({ state: 'pending', outcome: 'CONNECTION_FAILED' });
  });

  it('does not speak TLS that is trusted is sent nothing', async () => {
    const untrusting = await WebhookStage.around(stage.subscribers, { authority: '' });
    const { id } = await untrusting.subscribe(stage.subscriber.url);
    await untrusting.happen('distrust');
    const delivery = await eventually('an attempt', async () =>
      (await untrusting.deliveries(id)).find(({ outcome }) => outcome !== undefined),
    );
    expect(delivery.outcome).toBe('TLS_FAILED');
    expect(stage.subscriber.received).toEqual([]);
    await untrusting.app.close();
  });

  it.each([301, 302, 307, 308])('redirects with %d is not followed', async (status) => {
    const [bad, good] = stage.subscribers;
    const location = `https://good.subscriber.test:${good?.port}/stolen`;
    if (bad !== undefined) bad.answer = (response) => void response.writeHead(status, { location }).end();
    expect(await tried()).toMatchObject({ state: 'pending', outcome: 'REFUSED', status });
    expect(good?.received.map(({ path }) => path)).toEqual(['/hooks']);
  });

  it('answers without end is read for a while and then cut off, whatever it goes on to say', async () => {
    const work = async (endless: WebhookStage): Promise<void> => {
      const { subscriber } = endless;
      let cut = false;
      subscriber.answer = (response) => {
        response.writeHead(200);
        response.on('close', () => (cut = true));
        const more = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(16_384)));
          if (!response.destroyed) response.once('drain', more);
        };
        more();
      };
      const { id } = await endless.subscribe(subscriber.url);
      await endless.happen('endless');
      await subscriber.has(1);
      // Long before its time is over.
      await eventually('it is cut off', async () => cut, 10_000);
      const webhook = await endless.until('it is delivered', id, ({ counts }) => counts.delivered === 1);
      expect(webhook.last).toMatchObject({ outcome: 'DELIVERED', status: 200 });
    };
    await WebhookStage.during(work, ['bad'], { timeoutMs: 60_000 });
  });

  it('says yes and then nothing more has said yes', async () => {
    const [bad] = stage.subscribers;
    if (bad !== undefined)
      bad.answer = (response) => void response.writeHead(202, { 'content-length': 9 }).flushHeaders();
    const { id } = await stage.subscribe(bad?.url ?? '');
    await stage.happen(`half-${nth++}`);
    const { counts } = await stage.until('it is delivered', id, (webhook) => webhook.counts.delivered === 1);
    expect(counts.failedAttempts).toBe(0);
  });

  it('is slow delays no other, and holds a few connections at most, however much there is to tell it', async () => {
    const work = async (slow: WebhookStage): Promise<void> => {
      const [bad, good] = slow.subscribers;
      if (bad === undefined || good === undefined) throw new Error('No subscribers.');
      bad.answer = () => undefined;
      const { id } = await slow.subscribe(bad.url);
      const { secret } = await slow.subscribe(good.url);
      for (let i = 0; i < 40; i++) await slow.happen(`slow-${i}`);
      const since = performance.now();
      await good.has(40);
      // The slow one alone would need 100 s for as many.
      expect(performance.now() - since).toBeLessThan(4_000);
      expect(new Set(good.verified(secret).map((event) => event.id)).size).toBe(40);
      expect((await slow.read(id)).counts).toMatchObject({ pending: 40, delivered: 0 });
      expect(bad.peak).toBe(2);
    };
    await WebhookStage.during(work, ['bad', 'good'], { timeoutMs: 5_000, atOnce: 2 });
  });
});

describe('where events may be sent', () => {
  let stage: WebhookStage;
  let resolved: string[] = [];
  let answers: { address: string; family: 4 | 6 }[][] = [];
  beforeAll(async () => {
    stage = await WebhookStage.open(['crm'], {
      networks: [],
      retryWaitsMs: [60_000],
      resolve: async (name) => {
        resolved.push(name);
        const [next = [{ address: '127.0.0.1', family: 4 }]] = [answers.shift()];
        return next;
      },
    });
  });
  beforeEach(() => {
    resolved = [];
    answers = [];
  });
  afterAll(() => stage.close());

  const PUBLIC = { address: '93.184.215.14', family: 4 as const };
  const LOOPBACK = { address: '127.0.0.1', family: 4 as const };

  it.each([
    ['/url', 'SCHEME', { url: 'http://crm.example.com/' }],
    ['/url', 'CREDENTIALS', { url: 'https://a:b@crm.example.com/' }],
    ['/url', 'PORT', { url: 'https://crm.example.com:22/' }],
    ['/url', 'ADDRESS', { url: 'https://127.0.0.1/' }],
    ['/url', 'ADDRESS', { url: 'https://2130706433/' }],
    ['/url', 'ADDRESS', { url: 'https://[::ffff:10.0.0.1]/' }],
    ['/url', 'ADDRESS', { url: 'https://crm.example.com/' }],
    ['/url', 'FORMAT', { url: 'crm.example.com' }],
    ['/types/0', 'NOT_ALLOWED', { types: ['wish.unknown.v1'] }],
    ['/types', 'LENGTH', { types: [] }],
    ['/types', 'DUPLICATE', { types: ['wish.recorded.v1', 'wish.recorded.v1'] }],
    ['/secret', 'UNKNOWN_MEMBER', { secret: 'whsec_mine' }],
    ['/allowPrivate', 'UNKNOWN_MEMBER', { allowPrivate: true }],
  ])('%s %s: %j is refused, and nothing is made', async (pointer, code, members) => {
    const body = { url: 'https://crm.example.com/', types: ['wish.recorded.v1'], ...members };
    const answer = await stage.officer.post('/v1/webhooks', body);
    expect([answer.status, answer.body.errors?.[0]?.pointer]).toEqual([422, pointer]);
    expect(answer.body.errors?.[0]?.code).toBe(code);
    expect((await stage.officer.get<{ items: unknown[] }>('/v1/webhooks')).body.items).toEqual([]);
  });

  it('refuses a name that stands also for a private address, and one that stands for nothing', async () => {
    const make = () =>
      stage.officer.post('/v1/webhooks', { url: 'https://crm.example.com/', types: ['wish.recorded.v1'] });
    answers = [[PUBLIC, LOOPBACK]];
    expect((await make()).body.errors).toMatchObject([{ pointer: '/url', code: 'ADDRESS' }]);
    answers = [[PUBLIC, { address: 'fd00::1', family: 6 }]];
    expect((await make()).body.errors).toMatchObject([{ pointer: '/url', code: 'ADDRESS' }]);
    answers = [[]];
    expect((await make()).body.errors).toMatchObject([{ pointer: '/url', code: 'NAME' }]);
  });

  it('looks again at the address it is connected to, and says nothing to one that it may not', async () => {
    let looks = 0;
    // As if somebody had exchanged the address between the check and the connection.
    const exchanged = {
      family: 4 as const,
      get address(): string {
        looks += 1;
        return looks === 1 ? PUBLIC.address : LOOPBACK.address;
      },
    };
    answers = [[PUBLIC], [exchanged]];
    const { id } = await stage.subscribe(stage.subscriber.url);
    await stage.happen('exchanged');
    const delivery = await eventually('an attempt', async () =>
      (await stage.deliveries(id)).find(({ outcome }) => outcome !== undefined),
    );
    expect(delivery).toMatchObject({ state: 'pending', attempts: 1, outcome: 'ADDRESS_REFUSED' });
    expect(looks).toBeGreaterThan(1);
    expect(stage.subscriber.received).toEqual([]);
    await expectStatus(200, stage.officer.post(`/v1/webhooks/${id}/disable`));
    await eventually('the connection is noticed', async () => stage.subscriber.connections === 1);
    stage.subscriber.reset();
  });

  it('asks for the name once a connection and sends nothing to one that was rebound', async () => {
    answers = [[PUBLIC]];
    const { id } = await stage.subscribe(stage.subscriber.url);
    expect(resolved).toHaveLength(1);
    // From here on the name stands for this machine, where the subscriber really listens.
    await stage.happen('rebound');
    const delivery = await eventually('an attempt', async () =>
      (await stage.deliveries(id)).find(({ outcome }) => outcome !== undefined),
    );
    expect(delivery).toMatchObject({ state: 'pending', attempts: 1, outcome: 'ADDRESS_REFUSED' });
    expect(resolved).toHaveLength(2);
    expect([stage.subscriber.connections, stage.subscriber.received]).toEqual([0, []]);
  });
});
