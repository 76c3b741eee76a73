import { setTimeout as delay } from 'node:timers/promises';
import { freshNumber } from '../support/bank';
import { createTestDatabase, type TestDatabase } from '../support/database';
import { queryRows } from '../support/database-rows';
import type { GatewayProcess } from '../support/gateway-process';
import type { ImportOf, JobBody } from '../support/imports';
import { CallLoad } from '../support/processes/call-load';
import { consentOf, RemoteBank } from '../support/processes/remote-bank';
import type { RemoteCaller } from '../support/processes/remote-caller';
import { eventually } from '../support/proofs/eventually';
import {
  type Listed,
  ListedConsents,
  ListedCustomers,
  ListedSuppressions,
} from '../support/proofs/imports-listed';
import { inLanes } from '../support/proofs/in-lanes';
import { Proof } from '../support/proofs/proof';
import { RecordAudit } from '../support/proofs/record-audit';

const rows = (of: string, test: number, soak: number): Proof =>
  new Proof(`rows of a list of ${of} whose load is killed again and again while calls are decided`, {
    test,
    soak,
  });
const LISTS: [ImportOf, Proof, (rows: number, block: number) => Listed][] = [
  ['suppressions', rows('wishes', 1_500, 1_000_000), (...of) => new ListedSuppressions(...of)],
  ['people', rows('customers', 700, 200_000), (...of) => new ListedCustomers(...of)],
  ['consents', rows('consents', 1_100, 200_000), (...of) => new ListedConsents(...of)],
];
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
    // The audit at the end looks there for every single event.
    await queryRows(database, 'CREATE INDEX ON outbox_witness (event_id)');
    gateway = await bank.start(database.url);
    marketing = bank.as('marketing', () => gateway);
  }, STARTING);
  afterAll(async () => {
    await calls?.stop();
    await bank.close();
    await database.drop();
  });

  const read = async (jobId: string): Promise<JobBody> =>
    (await marketing.get<JobBody>(`/v1/jobs/${jobId}`)).body;

  /** Sends a file; where it takes a second person, that is done, and the job has everything it needs. */
  async function send(source: string, { subject, file }: Pick<Listed, 'subject' | 'file'>): Promise<string> {
    const mode = subject === 'suppressions' ? '&mode=full&dryRun=false' : '';
    const path = `/v1/${subject}/imports?source=${source}${mode}`;
    const answer = await marketing.upload<{ jobId: string }>(path, file, 'text/csv');
    expect([answer.status, answer.text]).toEqual([202, expect.any(String)]);
    const { jobId } = answer.body;
    if (subject !== 'consents') return jobId;
    const approvalId = await eventually<string>('a second person is asked', async () => {
      const { result } = await read(jobId);
      return result?.['approvalId'] as string | undefined;
    });
    const officer = bank.as('officer', () => gateway);
    expect((await officer.post(`/v1/approvals/${approvalId}/approve`, {})).status).toBe(200);
    return jobId;
  }

  const ended = (jobId: string): Promise<JobBody> =>
    eventually(
      'the load ends',
      async () => {
        const job = await read(jobId);
        return job.state === 'succeeded' || job.state === 'failed' ? job : undefined;
      },
      LOADING,
    );

  /** In a test run nobody waits for the lease of the dead: `jobs-runner.spec.ts` shows that it ends. */
  async function kill(waitsForLease: boolean): Promise<void> {
    gateway.signal('SIGKILL');
    await gateway.ended;
    if (!waitsForLease) {
      await queryRows(
        database,
        `UPDATE jobs SET lease_until = clock_timestamp() WHERE state = 'running' RETURNING 1`,
      );
    }
    gateway = await bank.start(database.url);
  }

  it.each(LISTS)(
    'goes on where it was, and ends as one that was never disturbed: %s',
    (_, proof, listed) =>
      proof.run(async (random) => {
        const isSoak = proof.count > 10_000;
        const kills = isSoak ? 20 : 1;
        const [quiet, disturbed] = [listed(proof.count, 1), listed(proof.count, 3)];
        for (const list of [quiet, disturbed]) await ended(await send('seed', list.seed));
        const since = performance.now();
        const undisturbed = await ended(await send('quiet', quiet));
        const duration = performance.now() - since;
        expect(undisturbed).toMatchObject({ state: 'succeeded', counts: { read: proof.count } });

        // Some of those who are rung are on the list, known and unknown, and not all of it is stored yet.
        const numbers = Array.from({ length: 20 }, freshNumber);
        await inLanes(numbers.length, 8, (index) => consentOf(marketing, { number: numbers[index] ?? '' }));
        for (let index = 0; index < 40; index++) numbers.push(disturbed.number(random.below(proof.count)));
        const dialer = bank.as('dialer', () => gateway);
        calls = new CallLoad(dialer, numbers, bank, random, `beside ${quiet.subject}`);
        calls.start();

        const jobId = await send('disturbed', disturbed);
        let before = -1;
        for (let done = 0; done < kills; done++) {
          const job = await eventually('it has gone on', async () => {
            const now = await read(jobId);
            return now.progress > before || now.state === 'succeeded' ? now : undefined;
          });
          if (job.state === 'succeeded') break;
          before = job.progress;
          await delay(random.below(Math.ceil(duration / (kills + 1))));
          await kill(isSoak);
        }
        const job = await ended(jobId);
        await calls.stop();
        const plain = (of: JobBody): object => ({ ...of, id: '', createdAt: '', finishedAt: '', result: {} });
        expect(plain(job)).toEqual(plain(undisturbed));
        const [left, expected] = [
          await disturbed.left(database, bank.kekFile, jobId),
          await quiet.left(database, bank.kekFile, undisturbed.id),
        ];
        expect([left.size, expected.size]).toEqual([quiet.leaves, quiet.leaves]);
        const isWhole = (what: string): boolean => quiet.whole.test(what);
        expect([...expected.values()].filter((what) => !isWhole(what)).slice(0, 5)).toEqual([]);
        // Who was rung meanwhile may have come to be known before: it is one row all the same.
        const differing = [...expected].filter(([line, what]) => left.get(line) !== what);
        expect(differing.slice(0, 5).map(([line, what]) => [line, what, left.get(line)])).toEqual([]);
        const [tries] = await queryRows<{ epoch: number }>(
          database,
          'SELECT epoch::int FROM jobs WHERE id = $1',
          [jobId],
        );
        // A second person's word is a beginning, too.
        expect(tries?.epoch).toBeGreaterThan(quiet.subject === 'consents' ? 2 : 1);
      }),
    LISTS[0]?.[1].timeout,
  );

  it(
    'left a record that is whole',
    async () => {
      expect(await RecordAudit.faults(database.superuserUrl, bank.kekFile)).toEqual([]);
    },
    LOADING,
  );

  it('wrote no number to its log meanwhile', () => {
    expect(bank.output()).not.toMatch(/13[6-9]\d{8}/);
  });
});
