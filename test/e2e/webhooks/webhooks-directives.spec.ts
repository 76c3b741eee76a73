import { ask, type Bank, consent, freshNumber, openBank } from '../../support/bank';
import { queryRows } from '../../support/database-rows';
import { expectStatus } from '../../support/http';
import { type ReceivedEvent } from '../../support/subscriber/subscriber';
import { WebhookStage } from '../../support/subscriber/webhook-stage';

/** A Tuesday at ten in the morning in Shanghai: calls are legal. */
const MORNING = '2026-11-24T10:00:00+08:00';

describe('call.directive.v1', () => {
  let stage: WebhookStage;
  let bank: Bank;
  beforeAll(async () => {
    stage = await WebhookStage.open(['dialer'], {}, { now: MORNING });
    bank = await openBank(stage.app);
  });
  afterAll(() => stage.close());

  const answered = async (number: string): Promise<string> => {
    await consent(bank, { number });
    const { callId } = await ask(bank, number);
    const at = new Date(Date.parse(MORNING)).toISOString();
    await expectStatus(200, bank.dialer.post(`/v1/calls/${callId}/events`, { type: 'answered', at }));
    return callId;
  };
  const directives = (): ReceivedEvent[] =>
    stage.subscriber.received.map(({ body }) => JSON.parse(body) as ReceivedEvent);

  it('is recorded for nobody while nobody follows it', async () => {
    const number = freshNumber();
    await answered(number);
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number, source: 'customer', reason: 'no' }),
    );
    const other = await stage.subscribe(stage.subscriber.url, ['wish.recorded.v1']);
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number: freshNumber(), source: 'customer', reason: 'no' }),
    );
    await stage.subscriber.has(1);
    expect(
      await queryRows(stage.app.database, `SELECT FROM events WHERE type = 'call.directive.v1'`),
    ).toEqual([]);
    await expectStatus(200, stage.officer.post(`/v1/webhooks/${other.id}/disable`));
    stage.subscriber.reset();
  });

  it('tells the dialer of the call that a wish or a withdrawal ended, and nothing of the customer', async () => {
    await stage.subscribe(stage.subscriber.url, ['call.directive.v1']);
    const [number, second, third, fourth] = [freshNumber(), freshNumber(), freshNumber(), freshNumber()];
    const [wished, withdrew, refused] = [
      await answered(number),
      await answered(second),
      await answered(third),
    ];
    // A preference ends no talk, it takes a token back.
    await consent(bank, { number: fourth });
    const { callId: limited } = await ask(bank, fourth);
    await answered(freshNumber());
    await expectStatus(
      201,
      bank.cast.care.post('/v1/suppressions', { number, source: 'customer', reason: 'no' }),
    );
    await stage.subscriber.has(1);
    const at = new Date(Date.parse(MORNING)).toISOString();
    await expectStatus(
      201,
      bank.cast.care.post('/v1/consents/withdraw', { number: second, at, method: 'hotline' }),
    );
    await stage.subscriber.has(2);
    await expectStatus(201, bank.cast.care.post('/v1/consents/refused', { number: third, at }));
    await stage.subscriber.has(3);
    await expectStatus(201, bank.cast.care.post('/v1/preferences', { number: fourth, noAiVoice: true }));
    await stage.subscriber.has(4);
    expect(directives()).toMatchObject(
      [wished, withdrew, refused, limited].map((callId) => ({
        type: 'call.directive.v1',
        partitionkey: callId,
        data: { callId, campaignId: bank.campaignId, directives: [{ type: 'end_call' }] },
      })),
    );
    for (const event of directives()) {
      expect(Object.keys(event.data).sort()).toEqual(['callId', 'campaignId', 'directives', 'partitionKey']);
      expect(event).not.toHaveProperty('subject');
    }
  });
});
