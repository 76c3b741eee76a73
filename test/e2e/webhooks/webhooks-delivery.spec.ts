import { Webhook } from 'standardwebhooks';
import { HOUR } from '../../../src/domain/time/instant';
import { freshNumber } from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';
import { everythingStored } from '../../support/proofs/clear-text';
import { eventually } from '../../support/proofs/eventually';
import { WebhookStage } from '../../support/subscriber/webhook-stage';

let stage: WebhookStage;
beforeAll(async () => {
  stage = await WebhookStage.open(['crm', 'dialer']);
});
afterAll(() => stage.close());
afterEach(async () => {
  // No test hears of another's events.
  for (const { id } of (
    await expectStatus(200, stage.officer.get<{ items: { id: string }[] }>('/v1/webhooks'))
  ).items)
    await expectStatus(200, stage.officer.post(`/v1/webhooks/${id}/disable`));
  for (const subscriber of stage.subscribers) subscriber.reset();
});

describe('a subscriber', () => {
  it('learns of a wish, signed, with the institution’s own name for the person and the numbers it binds', async () => {
    const { app, officer, subscriber } = stage;
    const number = freshNumber();
    const { id, secret } = await stage.subscribe(`${subscriber.url}?token=q-secret-7`, ['wish.recorded.v1']);
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { personId } = await expectStatus(
      201,
      officer.put<{ personId: string }>('/v1/people/C-1029', { numbers: [number] }),
    );
    const wish = { number, source: 'customer', reason: '别再打了' };
    const made = await expectStatus(201, officer.post<{ id: string }>('/v1/suppressions', wish));
    const [received] = await subscriber.has(1);
    expect(subscriber.verified(secret)).toEqual([
      {
        specversion: '1.0',
        id: received?.headers['webhook-id'],
        source: expect.stringMatching(/^\/quietline\/[0-9a-f-]{36}$/),
        type: 'wish.recorded.v1',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        subject: personId,
        datacontenttype: 'application/json',
        dataschema: 'urn:quietline:event:wish.recorded.v1',
        partitionkey: personId,
        data: expect.objectContaining({
          suppressionId: made.id,
          customerId: 'C-1029',
          numbers: [number],
          scope: 'group',
          source: 'customer',
        }),
      },
    ]);
    expect(received).toMatchObject({
      path: '/hooks?token=q-secret-7',
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
    });
    expect(received?.body).not.toContain('别再打了');
    const webhook = await stage.until('it is counted', id, ({ counts }) => counts.delivered === 1);
    expect(webhook).toMatchObject({
      url: `${subscriber.url}?…`,
      state: 'active',
      counts: { pending: 0, delivered: 1, dead: 0, failedAttempts: 0 },
      last: { outcome: 'DELIVERED', status: 204 },
    });
    await expectNothingStored(
      ['q-secret-7', secret.slice(6), 'C-1029', subscriber.name + '.subscriber.test'],
      app,
    );
  });

  it('learns of the number of a wish that is no known customer’s, and of the one number of a wrong one', async () => {
    const { officer, subscriber } = stage;
    const [nobodys, wrong, other] = [freshNumber(), freshNumber(), freshNumber()];
    const { secret } = await stage.subscribe(subscriber.url, ['wish.recorded.v1', 'person.changed.v1']);
    const wish = (number: string, source: string) =>
      expectStatus(201, officer.post('/v1/suppressions', { number, source, reason: '不是我' }));
    // What is not a customer's word tells no number.
    await expectStatus(201, officer.put('/v1/people/C-1030', { numbers: [wrong, other] }));
    await wish(nobodys, 'customer');
    await wish(wrong, 'wrong_person');
    await subscriber.has(3);
    const told = new Map(
      subscriber
        .verified(secret)
        .map(({ type, data }) => [`${type} ${(data as { source?: string }).source}`, data] as const),
    );
    expect(told.get('wish.recorded.v1 customer')).toMatchObject({ numbers: [nobodys] });
    expect(told.get('wish.recorded.v1 customer')).not.toHaveProperty('customerId');
    expect(told.get('wish.recorded.v1 wrong_person')).toMatchObject({
      customerId: 'C-1030',
      onlyNumber: true,
      numbers: [wrong],
    });
    expect(told.get('person.changed.v1 undefined')).toMatchObject({ customerId: 'C-1030' });
    expect(told.get('person.changed.v1 undefined')).not.toHaveProperty('numbers');
  });

  it('is told of its own types only, and every subscriber of each event', async () => {
    const [crm, dialer] = stage.subscribers;
    await stage.subscribe(crm?.url ?? '', ['vendor.changed.v1']);
    const { secret } = await stage.subscribe(dialer?.url ?? '', ['entity.changed.v1', 'vendor.changed.v1']);
    await stage.happen('branch-1');
    await expectStatus(201, stage.officer.put('/v1/vendors/v-1', { name: 'One', status: 'active' }));
    await dialer?.has(2);
    expect(
      dialer
        ?.verified(secret)
        .map(({ type }) => type)
        .sort(),
    ).toEqual(['entity.changed.v1', 'vendor.changed.v1']);
    await crm?.has(1);
    expect(crm?.ids()).toEqual([
      dialer?.verified(secret).find(({ type }) => type === 'vendor.changed.v1')?.id,
    ]);
  });

  it('may follow decisions, and nothing is handed over of types that nobody follows', async () => {
    const { subscriber, app } = stage;
    const dialer = await app.client(['dialer']);
    const decide = (to: string) =>
      expectStatus<{ callId: string }>(
        200,
        dialer.post('/v1/calls/authorize', { to, campaignId: 'none', callerId: '95588' }),
      );
    const handled = () =>
      queryRows<{ count: string }>(app.database, `SELECT count(*) FROM inbox WHERE consumer = 'webhooks'`);
    const emptied = () =>
      eventually('the outbox is empty', async () => {
        const [row] = await queryRows<{ left: string }>(app.database, 'SELECT count(*) AS left FROM outbox');
        return row?.left === '0';
      });
    await emptied();
    const before = await handled();
    await decide(freshNumber());
    await emptied();
    expect(await handled()).toEqual(before);
    const { secret } = await stage.subscribe(subscriber.url, ['call.decided.v1']);
    const { callId } = await decide(freshNumber());
    await subscriber.has(1);
    expect(subscriber.verified(secret)).toMatchObject([{ type: 'call.decided.v1', data: { callId } }]);
  });

  it('gets an event again until it takes it: same id, new time, new signature', async () => {
    const { subscriber } = stage;
    subscriber.answer = (response, nth) => void response.writeHead(nth <= 2 ? 500 : 200).end('ok');
    const { id, secret } = await stage.subscribe(subscriber.url);
    await stage.happen('branch-2');
    await subscriber.has(3);
    expect(new Set(subscriber.ids()).size).toBe(1);
    expect(subscriber.verified(secret)).toHaveLength(3);
    const webhook = await stage.until('it is counted', id, ({ counts }) => counts.delivered === 1);
    expect(webhook.counts).toEqual({ pending: 0, delivered: 1, dead: 0, failedAttempts: 2 });
    expect(await stage.deliveries(id)).toMatchObject([
      { state: 'delivered', attempts: 3, type: 'entity.changed.v1' },
    ]);
  });

  it('that never takes it has a dead letter, counted and listed, and gets it by a replay', async () => {
    const { subscriber, officer } = stage;
    subscriber.answer = (response) => void response.writeHead(503).end();
    const { id, secret } = await stage.subscribe(subscriber.url);
    const from = await instantApart();
    await stage.happen('branch-3');
    await stage.until('it is dead', id, ({ counts }) => counts.dead === 1);
    expect(subscriber.received).toHaveLength(4);
    const [dead] = await stage.deliveries(id, '?state=dead');
    expect(dead).toMatchObject({ state: 'dead', attempts: 4, outcome: 'REFUSED', status: 503 });
    expect(await stage.deliveries(id, '?state=pending')).toEqual([]);
    expect(await stage.app.metrics()).toContain(
      'quietline_webhook_attempts_total{state="dead",outcome="REFUSED"} 1',
    );
    subscriber.answer = (response) => void response.writeHead(204).end();
    const to = new Date(Date.now() + 1_000).toISOString();
    await expectStatus(202, officer.post(`/v1/webhooks/${id}/replay`, { from, to }));
    await stage.until('it is delivered', id, ({ counts }) => counts.delivered === 1 && counts.dead === 0);
    expect(new Set(subscriber.ids())).toEqual(new Set([dead?.eventId]));
    expect(subscriber.verified(secret)).toHaveLength(5);
  });

  it('is sent nothing any more once it answered 410, and all that it missed when somebody enables it', async () => {
    const { subscriber, officer, app } = stage;
    subscriber.answer = (response) => void response.writeHead(410).end();
    const { id, secret } = await stage.subscribe(subscriber.url);
    await stage.happen('branch-4');
    const webhook = await stage.until('it is disabled', id, ({ state }) => state === 'disabled');
    expect(webhook).toMatchObject({
      disabledBecause: 'gone',
      counts: { dead: 1 },
      last: { outcome: 'GONE', status: 410 },
    });
    const events = await queryRows<{ clear: unknown }>(
      app.database,
      `SELECT clear FROM events WHERE type = 'webhook.disabled.v1' AND clear->>'id' = $1`,
      [id],
    );
    expect(events).toEqual([{ clear: { id, because: 'gone', partitionKey: id } }]);
    // Another one has the event that this one misses: it was passed by while this one was disabled.
    const [, dialer] = stage.subscribers;
    await stage.subscribe(dialer?.url ?? '');
    await stage.happen('branch-5');
    await dialer?.has(1);
    subscriber.answer = (response) => void response.writeHead(204).end();
    expect(await expectStatus(200, officer.post(`/v1/webhooks/${id}/enable`))).toMatchObject({
      state: 'active',
    });
    await stage.happen('branch-6');
    const { counts } = await stage.until('all of it came', id, ({ counts: { delivered, pending } }) => {
      return delivered >= 3 && pending === 0;
    });
    expect(counts.dead).toBe(0);
    const named = subscriber.verified(secret).map(({ data }) => (data as { id?: string }).id);
    expect(new Set(named)).toEqual(new Set(['branch-4', 'branch-5', 'branch-6']));
  });

  it.each([429, 503])(
    'that answers %d with Retry-After is left alone for so long, with all events',
    async (status) => {
      const { subscriber } = stage;
      subscriber.answer = (response, nth) =>
        void (nth === 1 ? response.writeHead(status, { 'retry-after': '1' }) : response.writeHead(204)).end();
      const { id } = await stage.subscribe(subscriber.url);
      await stage.happen(`held-${status}-1`);
      await stage.until('it is held', id, ({ heldUntil }) => heldUntil !== undefined);
      await stage.happen(`held-${status}-2`);
      const [first, second] = await subscriber.has(2);
      expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
      await subscriber.has(3);
      await stage.until('both came', id, ({ counts }) => counts.delivered === 2);
    },
  );
});

describe('secrets', () => {
  it('overlap for 24 hours: both sign, then the new one alone', async () => {
    const work = async (clocked: WebhookStage): Promise<void> => {
      const { subscriber, officer, app } = clocked;
      const { id, secret } = await clocked.subscribe(subscriber.url);
      const next = await expectStatus(
        201,
        officer.post<{ id: string; secret: string }>(`/v1/webhooks/${id}/rotate`),
      );
      expect(next.secret).not.toBe(secret);
      await clocked.happen('one');
      const [first] = await subscriber.has(1);
      expect(first?.headers['webhook-signature']?.split(' ')).toHaveLength(2);
      expect(
        [subscriber.verified(secret), subscriber.verified(next.secret)].map((all) => all.length),
      ).toEqual([1, 1]);
      app.clock.advance(24 * HOUR);
      await clocked.happen('two');
      const [, second] = await subscriber.has(2);
      const signature = second?.headers['webhook-signature'] ?? '';
      expect(signature).toBe(signatureOf(next.secret, second));
      expect(signature).not.toContain(signatureOf(secret, second));
      expect((await clocked.read(id)).secrets.map(({ expiresAt }) => expiresAt !== undefined)).toEqual([
        false,
        true,
      ]);
    };
    await WebhookStage.during(work, ['crm'], {}, { now: new Date().toISOString() });
  });

  it('that leaked sign nothing any more from the moment another one is asked for with endNow', async () => {
    const { subscriber, officer } = stage;
    const { id, secret } = await stage.subscribe(subscriber.url);
    const next = await expectStatus(
      201,
      officer.post<{ secret: string }>(`/v1/webhooks/${id}/rotate`, { endNow: true }),
    );
    await stage.happen('after-a-leak');
    const [received] = await subscriber.has(1);
    expect(received?.headers['webhook-signature']).toBe(signatureOf(next.secret, received));
    expect(received?.headers['webhook-signature']).not.toContain(signatureOf(secret, received));
  });

  it('cannot be changed so often that a header grows without end', async () => {
    const { id } = await stage.subscribe(stage.subscriber.url);
    const statuses: number[] = [];
    for (let i = 0; i < 6; i++) statuses.push((await stage.officer.post(`/v1/webhooks/${id}/rotate`)).status);
    expect(statuses).toEqual([201, 201, 201, 201, 409, 409]);
  });
});

describe('a test and a replay', () => {
  it('sends one event of the webhook’s own', async () => {
    const { subscriber, officer } = stage;
    const { id, secret } = await stage.subscribe(subscriber.url);
    const { eventId } = await expectStatus(202, officer.post<{ eventId: string }>(`/v1/webhooks/${id}/test`));
    await subscriber.has(1);
    expect(subscriber.verified(secret)).toMatchObject([
      { id: eventId, type: 'webhook.tested.v1', data: { id } },
    ]);
    await eventually(
      'it is delivered',
      async () => (await stage.deliveries(id, '?state=delivered')).length === 1,
    );
  });

  it('delivers the events of a time again, of its types, under their ids', async () => {
    const { subscriber, officer } = stage;
    const { id } = await stage.subscribe(subscriber.url);
    await stage.happen('early');
    await subscriber.has(1);
    const from = await instantApart();
    await stage.happen('late-1');
    await stage.happen('late-2');
    await expectStatus(201, officer.put('/v1/vendors/v-2', { name: 'Two', status: 'active' }));
    const [, ...late] = (await subscriber.has(3)).map(({ headers }) => headers['webhook-id']);
    await stage.until('they are counted', id, ({ counts }) => counts.delivered === 3);
    const to = await instantApart();
    await stage.happen('after');
    await subscriber.has(4);
    await expectStatus(202, officer.post(`/v1/webhooks/${id}/replay`, { from, to }));
    await stage.until('they came again', id, ({ counts }) => counts.delivered === 6);
    expect(subscriber.ids().slice(4).sort()).toEqual(late.sort());
  });

  it('asks for a time that has an end and a length', async () => {
    const { id } = await stage.subscribe(stage.subscriber.url);
    const ask = (from: string, to: string) => stage.officer.post(`/v1/webhooks/${id}/replay`, { from, to });
    for (const [from, to] of [
      ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
      ['2026-11-20T10:00:00Z', '2026-11-20T09:00:00Z'],
      ['2026-10-01T00:00:00Z', '2026-11-20T00:00:00Z'],
    ] as const) {
      expect(await ask(from, to)).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/to', code: 'RANGE' }] },
      });
    }
    await expectStatus(200, stage.officer.post(`/v1/webhooks/${id}/disable`));
    expect((await ask('2026-11-20T00:00:00Z', '2026-11-20T01:00:00Z')).status).toBe(409);
    expect((await stage.officer.post(`/v1/webhooks/${id}/test`)).status).toBe(409);
  });
});

/** An instant with nothing in its own millisecond: what happened before lies before it. */
async function instantApart(): Promise<string> {
  const since = Date.now();
  await eventually('the next millisecond', async () => Date.now() > since);
  return new Date().toISOString();
}

function signatureOf(
  secret: string,
  received: { headers: Record<string, string>; body: string } | undefined,
): string {
  const { headers = {}, body = '' } = received ?? {};
  const at = new Date(Number(headers['webhook-timestamp']) * 1_000);
  return new Webhook(secret).sign(headers['webhook-id'] ?? '', at, body);
}

/** In no table and in no line of the log. */
async function expectNothingStored(words: readonly string[], app: WebhookStage['app']): Promise<void> {
  const found: string[] = [];
  for await (const { where, text } of everythingStored(app.database)) {
    for (const word of words) if (text.includes(word)) found.push(`${where}: ${word}`);
  }
  for (const line of app.logged)
    for (const word of words) if (line.includes(word)) found.push(`log: ${word}`);
  expect(found).toEqual([]);
}
