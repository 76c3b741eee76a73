import { setTimeout as delay } from 'node:timers/promises';
import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { GatewayProcess } from '../support/gateway-process';
import type { JobBody } from '../support/imports';
import { CallLoad } from '../support/processes/call-load';
import { consentOf, RemoteBank } from '../support/processes/remote-bank';
import type { RemoteCaller } from '../support/processes/remote-caller';
import { eventually } from '../support/proofs/eventually';
import { inLanes } from '../support/proofs/in-lanes';
import { leftBehind, ListedPeople } from '../support/proofs/listed-people';
import { Proof } from '../support/proofs/proof';
import { RecordAudit } from '../support/proofs/record-audit';

const rows = new Proof('rows of a list whose load is killed again and again while calls are decided', {
  test: 3_000,
  soak: 1_000_000,
});
const KILLS = rows.count > 10_000 ? 20 : 2;
const STARTING = 120_000;
const LOADING = 3_600_000;

describe('a load that is killed in the middle', () => {
  let database: TestDatabase;
  let bank: RemoteBank;
  let gateway: GatewayProcess;
  let marketing: RemoteCaller;
  let calls: CallLoad | undefined;

  beforeAll(async () => {
    database = await createTestDatabase();
    bank = await RemoteBank.make();
    await bank.open(database);
    gateway = await bank.start(database.url);
    marketing = bank.as('marketing', () => gateway);
  }, STARTING);
  afterAll(async () => {
    await calls?.stop();
    await bank.close();
    await database.drop();
  });

  async function send(source: string, file: string): Promise<string> {
    const path = `/v1/suppressions/imports?source=${source}&mode=full&dryRun=false`;
    const answer = await marketing.upload<{ jobId: string }>(path, file, 'text/csv');
    expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
    return answer.body.jobId;
  }

  const read = async (jobId: string): Promise<JobBody> =>
    (await marketing.get<JobBody>(`/v1/jobs/${jobId}`)).body;

  const ended = (jobId: string): Promise<JobBody> =>
    eventually(
      'the load ends',
      async () => {
        const job = await read(jobId);
        return job.state === 'succeeded' || job.state === 'failed' ? job : undefined;
      },
      LOADING,
    );

  it(
    'goes on where it was, and ends as one that was never disturbed',
    () =>
      rows.run(async (random) => {
        const [quiet, disturbed] = [new ListedPeople(rows.count, 1), new ListedPeople(rows.count, 3)];
        await ended(await send('seed', `number\n${[...quiet.known, ...disturbed.known].join('\n')}\n`));
        const since = performance.now();
        const undisturbed = await ended(await send('quiet', quiet.file));
        const duration = performance.now() - since;
        expect(undisturbed).toMatchObject({ state: 'succeeded', counts: { read: rows.count } });

        // Some of those who are rung are on the list, known and unknown, and not all of it is stored yet.
        const numbers = Array.from({ length: 20 }, freshNumber);
        await inLanes(numbers.length, 8, (index) => consentOf(marketing, { number: numbers[index] ?? '' }));
        for (let index = 0; index < 40; index++) numbers.push(disturbed.number(random.below(rows.count)));
        const dialer = bank.as('dialer', () => gateway);
        calls = new CallLoad(dialer, numbers, bank, random, 'beside');
        calls.start();

        const jobId = await send('disturbed', disturbed.file);
        let before = -1;
        for (let kill = 0; kill < KILLS; kill++) {
          const job = await eventually('it has gone on', async () => {
            const now = await read(jobId);
            return now.progress > before || now.state === 'succeeded' ? now : undefined;
          });
          if (job.state === 'succeeded') break;
          before = job.progress;
          await delay(random.below(Math.ceil(duration / KILLS)));
          gateway.signal('SIGKILL');
          await gateway.ended;
          gateway = await bank.start(database.url);
        }
        const job = await ended(jobId);
        await calls.stop();
        expect({ ...job, id: '', createdAt: '', finishedAt: '', result: {} }).toEqual({
          ...undisturbed,
          id: '',
          createdAt: '',
          finishedAt: '',
          result: {},
        });
        const [left, expected] = [
          await leftBehind(database, bank.kekFile, jobId),
          await leftBehind(database, bank.kekFile, undisturbed.id),
        ];
        expect(left.size).toBe(undisturbed.counts.accepted);
        // Who was rung meanwhile may have come to be known before: it is one row all the same.
        const differing = [...expected].filter(([line, what]) => left.get(line) !== what);
        expect(differing.slice(0, 5).map(([line, what]) => [line, what, left.get(line)])).toEqual([]);
        expect(
          [...expected.values()].filter((what) => !what.includes('1/1 rows, 1 members')).slice(0, 5),
        ).toEqual([]);
        expect(await RecordAudit.faults(database.superuserUrl, bank.kekFile)).toEqual([]);
        const [tries] = await queryRows<{ epoch: number }>(
          database,
          'SELECT epoch::int FROM jobs WHERE id = $1',
          [jobId],
        );
        expect(tries?.epoch).toBeGreaterThan(1);
      }),
    rows.timeout,
  );

  it('wrote no number to its log meanwhile', () => {
    expect(bank.output()).not.toMatch(/13[89]\d{8}/);
  });
});
