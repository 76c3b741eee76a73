import fc from 'fast-check';
import type { Actor } from '../../../src/contracts/actor';
import { type ConsentEvent, foldConsents } from '../../../src/domain/consent/consent-fold';
import { currentConsents } from '../../../src/domain/consent/current-consents';
import type { WishScope } from '../../../src/domain/decision/facts';
import { CHANNELS, CONSENT_PURPOSES } from '../../../src/domain/decision/purpose';
import type { E164 } from '../../../src/domain/phone/e164';
import { DAY, HOUR } from '../../../src/domain/time/instant';
import { Database } from '../../../src/platform/database/database';
import { ApprovalsService } from '../../../src/services/approvals/approvals.service';
import { ConsentsRepository } from '../../../src/services/people/consents/consents.repository';
import { RecordConsent } from '../../../src/services/people/consents/record-consent';
import { WithdrawConsent } from '../../../src/services/people/consents/withdraw-consent';
import { PutPerson } from '../../../src/services/people/people/put-person';
import { PersonFinder } from '../../../src/services/people/person-finder';
import { SubjectsPort, WishesPort } from '../../../src/services/people/subjects.port';
import { ReleaseWish } from '../../../src/services/people/wishes/release-wish';
import { startApp, type TestApp } from '../../support/app';
import { freshNumber } from '../../support/bank';

const START = '2026-11-24T10:00:00+08:00';
const OFFICER: Actor = {
  clientId: '00000000-0000-7000-8000-00000000000a',
  name: 'Officer',
  kind: 'person',
  roles: ['compliance'],
};
const OTHER: Actor = { ...OFFICER, clientId: '00000000-0000-7000-8000-00000000000b' };

const cells = {
  purposes: fc.subarray([...CONSENT_PURPOSES], { minLength: 1 }),
  channels: fc.subarray([...CHANNELS], { minLength: 1 }),
};
const scope = fc.constantFrom<WishScope>(
  { kind: 'group' },
  { kind: 'entity', id: 'bank' },
  { kind: 'line', id: 'cards' },
  { kind: 'campaign', id: 'spring' },
);
/** How long before it is written down something was said: mostly just now, sometimes long ago. */
const ago = fc.oneof(
  fc.constant(0),
  fc.integer({ min: 1, max: 3 * DAY }),
  fc.integer({ min: DAY, max: 400 * DAY }),
);
const by = fc.constantFrom('number' as const, 'customer' as const);

const act = fc.oneof(
  // A grant renews, widens or, given before a withdrawal that is known already, comes too late.
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('grant' as const),
      by,
      ago,
      lasts: fc.option(fc.integer({ min: HOUR, max: 800 * DAY })),
      entity: fc.constantFrom('bank', 'insurer', undefined),
      ...cells,
    }),
  },
  // A withdrawal narrows by purpose, channel or scope, or ends everything.
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('withdrawn' as const, 'refused' as const),
      by,
      ago,
      scope,
      ...cells,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop, released' as const), by, scope }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('claim' as const) }) },
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

let app: TestApp;
let database: Database;
beforeAll(async () => {
  app = await startApp({ now: START });
  database = app.nest.get(Database);
});
afterAll(() => app.close());

let lastCustomer = 0;

/** One person of one number, before and after the bank learns that they belong together. */
class Life {
  readonly number = freshNumber() as E164;
  readonly customerId = `F-${lastCustomer++}`;
  private isClaimed = false;

  async do(act: Act): Promise<void> {
    app.clock.advance(1_000);
    if (act.kind === 'claim') return this.claim();
    const target =
      act.by === 'number' || !this.isClaimed ? { number: this.number } : { customerId: this.customerId };
    if (act.kind === 'stop, released') return this.stopAndRelease(target, act.scope);
    const now = app.clock.now();
    const { purposes, channels } = act;
    if (act.kind !== 'grant') {
      const said = { target, kind: act.kind, scope: act.scope, purposes, channels, at: now - act.ago };
      await database.transaction((tx) =>
        app.nest.get(WithdrawConsent).withdraw(tx, { ...said, method: 'test', actor: OFFICER }),
      );
      return;
    }
    await database.transaction((tx) =>
      app.nest.get(RecordConsent).grant(tx, {
        target,
        scope: act.entity === undefined ? { kind: 'group', id: 'group' } : { kind: 'entity', id: act.entity },
        purposes,
        channels,
        attributes: { express: true },
        grantedAt: now - act.ago,
        ...(act.lasts === null ? {} : { expiresAt: now - act.ago + act.lasts }),
        evidence: { source: 'test' },
        actor: OFFICER,
      }),
    );
  }

  /** What the row says that a decision locks, and what the ledger holds for it. */
  async look() {
    return database.transaction(async (tx) => {
      const own = await app.nest.get(PersonFinder).find(tx, { number: this.number });
      if (own === undefined) return undefined;
      const records = await app.nest.get(PersonFinder).recordsOn(tx, own);
      const events = await app.nest.get(ConsentsRepository).list(tx, records, undefined);
      return { facts: own.facts, events, holder: own.facts.persons[0]?.personId };
    });
  }

  private async claim(): Promise<void> {
    if (this.isClaimed) return;
    this.isClaimed = true;
    const person = { customerId: this.customerId, numbers: [this.number], known: {}, actor: OFFICER };
    await database.transaction((tx) => app.nest.get(PutPerson).put(tx, person));
  }

  private async stopAndRelease(
    target: { number: E164 } | { customerId: string },
    narrowed: WishScope,
  ): Promise<void> {
    const wish = { target, scope: narrowed, source: 'customer' as const, reason: 'no', actor: OFFICER };
    const { id } = await database.transaction((tx) => app.nest.get(WishesPort).recordWish(tx, wish));
    app.clock.advance(1_000);
    const words = { reason: 'asked again', evidence: { said: 'yes' } };
    const { approvalId } = await database.transaction((tx) =>
      app.nest.get(ReleaseWish).ask(tx, id, words, OFFICER),
    );
    await database.transaction((tx) =>
      app.nest.get(ApprovalsService).decide(tx, approvalId, OTHER, { state: 'approved' }),
    );
  }
}

const byId = <T extends { id: string }>(facts: readonly T[]): T[] =>
  [...facts].sort((one, other) => (one.id < other.id ? -1 : 1));

describe('consents in the database', () => {
  it('stand on the row that a decision locks as the fold of the ledger, after any history', async () => {
    const met = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 10 }),
        fc.infiniteStream(fc.nat()),
        async (acts, chance) => {
          const life = new Life();
          for (const one of acts) {
            await life.do(one);
            met.add(one.kind);
          }
          const seen = await life.look();
          if (seen === undefined) return;
          const { facts, events, holder } = seen;
          const delivered = [...events, ...events.filter((_, index) => index % 2 === 0)]
            .map((event) => ({ event, key: chance.next().value ?? 0 }))
            .sort((one, other) => one.key - other.key)
            .map(({ event }): ConsentEvent => event);
          const folded = foldConsents(delivered, holder);
          expect(byId(facts.grants)).toEqual(folded.grants);
          expect(byId(facts.withdrawals)).toEqual(folded.withdrawals);
          const now = app.clock.now();
          expect(currentConsents(delivered, now)).toEqual(currentConsents(events, now));
        },
      ),
      { numRuns: 120 },
    );
    expect([...met].sort()).toEqual(['claim', 'grant', 'refused', 'stop, released', 'withdrawn']);
  }, 300_000);

  it('are only ever added to', async () => {
    const life = new Life();
    await life.do({
      kind: 'refused',
      by: 'number',
      ago: 0,
      scope: { kind: 'group' },
      purposes: ['marketing'],
      channels: ['sms'],
    });
    for (const sql of [
      'DELETE FROM consent_events',
      `UPDATE consent_events SET kind = 'granted'`,
      'TRUNCATE consent_events',
    ]) {
      await expect(database.query(sql)).rejects.toThrow('append-only');
    }
    await expect(
      database.query(
        `INSERT INTO consent_events SELECT (e).* FROM (SELECT e FROM consent_events e LIMIT 1) AS x`,
      ),
    ).rejects.toThrow('pk_consent_events');
  });

  it('leave nothing behind where the transaction does not commit', async () => {
    const number = freshNumber() as E164;
    const work = database.transaction(async (tx) => {
      await app.nest
        .get(WithdrawConsent)
        .withdraw(tx, { target: { number }, kind: 'refused', actor: OFFICER });
      throw new Error('Not after all.');
    });
    await expect(work).rejects.toThrow('Not after all.');
    expect(
      await database.transaction((tx) => app.nest.get(SubjectsPort).resolveByNumber(tx, number)),
    ).toBeUndefined();
  });
});
