import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { freshNumber } from '../support/bank';
import { queryRows } from '../support/database-rows';
import { expectStatus } from '../support/http';
import { eventually } from '../support/proofs/eventually';
import { WebhookStage } from '../support/subscriber/webhook-stage';

interface Letter {
  consumer: string;
  eventId: string;
  type: string;
  state: string;
  parkedBehind?: string;
  attempts: number;
  reason: string;
}
interface Replayed {
  replayId: string;
  outcome: string;
  handled?: number;
  blockingEventId?: string;
}

const ROOT = resolve(__dirname, '../..');

let stage: WebhookStage;
let url: string;
beforeAll(async () => {
  stage = await WebhookStage.open();
  await stage.app.nest.listen(0, '127.0.0.1');
  url = await stage.app.nest.getUrl();
});
afterAll(() => stage.close());

/** The consumer `webhooks` cannot handle anything while this stands. */
async function breakFanOut(): Promise<() => Promise<void>> {
  const { database } = stage.app;
  await queryRows(
    database,
    `CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;
     CREATE TRIGGER broken BEFORE INSERT ON webhook_deliveries EXECUTE FUNCTION broken()`,
  );
  return async () => {
    await queryRows(database, 'DROP FUNCTION broken CASCADE');
  };
}

async function letters(query = ''): Promise<Letter[]> {
  const path = `/v1/bus/letters${query}`;
  return (await expectStatus(200, stage.app.admin.get<{ items: Letter[] }>(path))).items;
}

/** Two wishes of one person: the first becomes a dead letter, the second is parked behind it. */
async function makeLetters(): Promise<{ dead: Letter; parked: Letter }> {
  const number = freshNumber();
  const before = (await letters()).length;
  for (const reason of ['one', 'two']) {
    await expectStatus(201, stage.officer.post('/v1/suppressions', { number, source: 'customer', reason }));
  }
  await eventually('both are letters', async () => (await letters()).length === before + 2);
  const [parked, dead] = await letters();
  if (parked === undefined || dead === undefined) throw new Error('There are two.');
  return { dead, parked };
}

const replay = (letter: Letter, caller = stage.app.admin) =>
  caller.post<Replayed>(`/v1/bus/letters/${letter.consumer}/${letter.eventId}/replay`);

/** The command line, as a process of its own. */
async function quietline(
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(
    process.execPath,
    [join(ROOT, 'test/support/run-typescript.cjs'), join(ROOT, 'src/cli/quietline.ts'), 'bus', ...args],
    {
      env: { ...process.env, QUIETLINE_URL: url, QUIETLINE_KEY: stage.app.admin.key },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const out = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (out.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...out };
}

describe('dead letters', () => {
  it('are listed, replayed in order by a process that has the consumer, and each step is on record', async () => {
    const { app, subscriber } = stage;
    await stage.subscribe(subscriber.url, ['wish.recorded.v1']);
    const mend = await breakFanOut();
    const { dead, parked } = await makeLetters();
    expect(dead).toMatchObject({
      consumer: 'webhooks',
      type: 'wish.recorded.v1',
      state: 'dead',
      attempts: 5,
    });
    expect(parked).toMatchObject({ state: 'parked', parkedBehind: dead.eventId });
    expect(await expectStatus(200, app.admin.get('/v1/bus'))).toMatchObject({
      consumers: [{ consumer: 'webhooks', dead: 1, parked: 1, replaysPending: 0 }],
      outbox: { unheldBuckets: 0 },
      relays: [{ live: true }],
    });
    expect(await expectStatus(200, replay(parked))).toMatchObject({
      outcome: 'behind',
      blockingEventId: dead.eventId,
    });
    expect(await expectStatus(200, replay(dead))).toMatchObject({
      outcome: 'failed',
      handled: 0,
      blockingEventId: dead.eventId,
      reason: expect.any(String),
    });
    await mend();
    const done = await expectStatus(200, replay(dead, stage.officer));
    expect(done).toMatchObject({ outcome: 'replayed', handled: 2 });
    expect(await letters()).toEqual([]);
    const got = await subscriber.has(2);
    expect(got.map(({ headers }) => headers['webhook-id'])).toEqual([dead.eventId, parked.eventId]);
    const recorded = await queryRows<{ type: string; outcome: string | null; by: string }>(
      app.database,
      `SELECT type, clear->>'outcome' AS outcome, clear->>'by' AS by FROM events
       WHERE type LIKE 'bus.%' AND clear->>'replayId' = $1 ORDER BY event_id`,
      [done.replayId],
    );
    expect(recorded).toEqual([
      { type: 'bus.letter_replay_requested.v1', outcome: null, by: stage.officer.id },
      { type: 'bus.letter_replayed.v1', outcome: 'replayed', by: stage.officer.id },
    ]);
  });

  it('wait, asked for once, where no process has the consumer', async () => {
    const [event] = await queryRows<{ event_id: string }>(
      stage.app.database,
      'SELECT event_id FROM events LIMIT 1',
    );
    const id = event?.event_id ?? '';
    await queryRows(
      stage.app.database,
      `INSERT INTO dead_letters (consumer, event_id, partition_key, attempts, reason, recorded_at)
       VALUES ('elsewhere', $1, 'k', 5, 'Error', clock_timestamp())`,
      [id],
    );
    const [letter] = await letters('?consumer=elsewhere');
    if (letter === undefined) throw new Error('It is listed.');
    const [first, second] = await Promise.all([replay(letter), replay(letter)]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual({ replayId: first.body.replayId, outcome: 'pending' });
    expect(await expectStatus(200, stage.app.admin.get('/v1/bus'))).toMatchObject({
      consumers: [{ consumer: 'elsewhere', dead: 1, parked: 0, replaysPending: 1 }],
    });
    await queryRows(
      stage.app.database,
      `DELETE FROM dead_letters; DELETE FROM letter_replays WHERE done_at IS NULL`,
    );
  });

  it('of which there is none are not found, and are nobody’s but an admin’s to see', async () => {
    const none = `/v1/bus/letters/webhooks/${randomUUID()}/replay`;
    expect((await stage.app.admin.post(none)).status).toBe(404);
    expect((await stage.app.admin.post('/v1/bus/letters/Webhooks/x/replay')).status).toBe(404);
    const marketing = await stage.app.client(['marketing']);
    for (const path of ['/v1/bus', '/v1/bus/letters']) expect((await marketing.get(path)).status).toBe(403);
    expect((await marketing.post(none)).status).toBe(403);
    expect((await stage.app.admin.get('/v1/bus/letters?cursor=WzEsIngiXQ')).status).toBe(422);
  });

  it('are seen and replayed from the command line', async () => {
    const mend = await breakFanOut();
    const { dead, parked } = await makeLetters();
    const status = await quietline('status');
    expect(status).toMatchObject({ code: 0, stderr: '' });
    expect(status.stdout).toContain('webhooks: 1 dead, 1 parked');
    expect(status.stdout).toContain('kafka        not used');
    const listed = await quietline('letters', '--consumer', 'webhooks');
    expect(listed.stdout.split('\n')).toHaveLength(4);
    expect(listed.stdout).toContain(`behind ${dead.eventId}`);
    expect(await quietline('replay', 'webhooks', parked.eventId)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`behind ${dead.eventId}`),
    });
    await mend();
    expect(await quietline('replay', 'webhooks', dead.eventId)).toMatchObject({
      code: 0,
      stdout: 'Replayed: 2 events were handled.\n',
    });
    expect(await quietline('letters')).toMatchObject({ code: 0, stdout: 'There are no dead letters.\n' });
    expect(await quietline('replay', 'webhooks', dead.eventId)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('404'),
    });
  });
});
