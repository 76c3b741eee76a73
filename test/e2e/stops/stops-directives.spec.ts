import { ask, type Bank, consent, freshNumber, openBank } from '../../support/bank';
import { eventually } from '../../support/proofs/eventually';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';
import { type ReceivedEvent } from '../../support/subscriber/subscriber';
import { WebhookStage } from '../../support/subscriber/webhook-stage';

const MORNING = '2026-11-24T10:00:00+08:00';

describe('subscribers that follow stops', () => {
  let stage: WebhookStage;
  let bank: Bank;
  beforeAll(async () => {
    stage = await WebhookStage.open(['dialer'], {}, { now: MORNING });
    bank = await openBank(stage.app);
  });
  afterAll(() => stage.close());
  afterEach(() => stage.subscriber.reset());

  const allowed = async (...reports: string[]): Promise<string> => {
    const number = freshNumber();
    await consent(bank, { number });
    const { callId, outcome } = await ask(bank, number);
    expect(outcome).toBe('allow');
    const at = new Date(stage.app.clock.now()).toISOString();
    for (const type of reports) {
      await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type, at }));
    }
    return callId;
  };
  const received = (): ReceivedEvent[] =>
    stage.subscriber.received
      .map(({ body }) => JSON.parse(body) as ReceivedEvent)
      .sort((a, b) => (String(a.partitionkey) < String(b.partitionkey) ? -1 : 1));
  const stop = (scope: unknown, live: string) =>
    expectStatus<{ id: string }>(
      201,
      bank.cast.officer.post('/v1/stops', { scope, live, reason: 'Nobody is to be called.' }),
    );
  const lift = async (id: string): Promise<void> => {
    stage.app.clock.advance(1);
    const { approvalId } = await expectStatus<{ approvalId: string }>(
      202,
      bank.cast.officer.post(`/v1/stops/${id}/lift`, { reason: 'x' }),
    );
    await expectStatus(200, bank.cast.otherOfficer.post(`/v1/approvals/${approvalId}/approve`, {}));
  };

  it('are told of each call that one ended and of each token that it made void, and of no other', async () => {
    // While nobody follows directives none is recorded.
    const { id: first } = await stop({ kind: 'all' }, 'end');
    await lift(first);
    await stage.subscribe(stage.subscriber.url, ['call.directive.v1']);
    const talking = await allowed('answered');
    const waiting = await allowed();
    await allowed('answered', 'ended');
    await allowed('not_placed');
    const { id } = await stop({ kind: 'line', id: 'cards' }, 'end');
    await stage.subscriber.has(2);
    const directives = [{ type: 'end_call', reason: 'The authorization of this call was withdrawn.' }];
    const { campaignId } = bank;
    // Between the events of two persons there is no order.
    const told = [...received()].sort((one, other) =>
      String(one.data['callId']).localeCompare(String(other.data['callId'])),
    );
    expect(told.map(({ type, data }) => ({ type, callId: data['callId'] }))).toEqual(
      [talking, waiting].sort().map((callId) => ({ type: 'call.directive.v1', callId })),
    );
    expect(told).toMatchObject(
      [talking, waiting].sort().map((callId) => ({ data: { callId, campaignId, directives } })),
    );
    for (const event of received()) {
      expect(Object.keys(event.data).sort()).toEqual(['callId', 'campaignId', 'directives', 'partitionKey']);
      expect(event).not.toHaveProperty('subject');
    }
    await lift(id);
    const recorded = await queryRows(
      stage.app.database,
      `SELECT FROM events WHERE type = 'call.directive.v1'`,
    );
    expect(recorded).toHaveLength(2);
  });

  it('are told of the stop itself and of its lift, without its words', async () => {
    await stage.subscribe(stage.subscriber.url, [
      'stop.recorded.v1',
      'stop.lift_requested.v1',
      'stop.lifted.v1',
    ]);
    stage.app.clock.advance(1);
    const talking = await allowed('answered');
    const { id } = await stop({ kind: 'campaign', id: bank.campaignId }, 'finish');
    await lift(id);
    // What was recorded of stops before may still be on its way to whoever follows them now.
    const of = (type: string) => received().find((event) => event.type === type && event.data['id'] === id);
    await eventually('all of it has come', () => Promise.resolve(of('stop.lifted.v1')));
    expect(of('stop.recorded.v1')?.data).toEqual({
      id,
      by: bank.cast.officer.id,
      partitionKey: id,
      scope: 'campaign',
      scopeId: bank.campaignId,
      live: 'finish',
      madeBy: 'client',
    });
    expect(of('stop.lifted.v1')?.data).toMatchObject({ id, by: bank.cast.otherOfficer.id });
    expect(JSON.stringify(received())).not.toMatch(/Nobody/);
    // Who was talking may finish: no directive was recorded for it.
    const told = await queryRows(
      stage.app.database,
      `SELECT FROM events WHERE type = 'call.directive.v1' AND clear->>'callId' = '${talking}'`,
    );
    expect(told).toEqual([]);
  });
});
