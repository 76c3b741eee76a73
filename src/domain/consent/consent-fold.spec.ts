import fc from 'fast-check';
import { callFacts } from '../../../test/vectors/rules/rule-vectors';
import type { KnownCall } from '../decision/checks/check';
import { CHANNELS, CONSENT_PURPOSES, channelOfVoice, VOICES } from '../decision/purpose';
import { DAY } from '../time/instant';
import {
  type ConsentEvent,
  foldConsents,
  type GrantEvent,
  isBackdated,
  noConsents,
  type RefusalEvent,
  withConsentEvent,
} from './consent-fold';
import { currentConsents, standingRefusals } from './current-consents';
import { consentEnd, type ConsentDemand, consentFault, standingGrants, unansweredRefusals } from './grants';

const NOW = 1_000;
const instants = fc.integer({ min: 0, max: 40 });
const cells = {
  purposes: fc.subarray([...CONSENT_PURPOSES], { minLength: 1 }),
  channels: fc.subarray([...CHANNELS], { minLength: 1 }),
};
const persons = fc.constantFrom(undefined, 'p-1', 'p-2');
const word = { at: instants, recordedAt: instants, ...cells };
const named = <T extends object>(event: T, personId: string | undefined): T & { personId?: string } =>
  personId === undefined ? event : { ...event, personId };

const grants = fc
  .record({
    ...word,
    personId: persons,
    scope: fc.constantFrom(
      { kind: 'entity' as const, id: 'bank' },
      { kind: 'entity' as const, id: 'insurer' },
      { kind: 'group' as const, id: 'group' },
    ),
    expiresAt: fc.option(fc.integer({ min: 41, max: 2 * NOW }), { nil: undefined }),
  })
  .map(({ personId, expiresAt, ...rest }): Omit<GrantEvent, 'id'> => ({
    ...named({ kind: 'granted' as const, attributes: {}, ...rest }, personId),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }));
const refusals = fc
  .record({
    ...word,
    personId: persons,
    kind: fc.constantFrom('withdrawn' as const, 'refused' as const),
    consentId: fc.constantFrom(undefined, undefined, 'e-0', 'e-1', 'e-2'),
    scope: fc.constantFrom(
      undefined,
      { kind: 'group' as const },
      { kind: 'entity' as const, id: 'bank' },
      { kind: 'entity' as const, id: 'insurer' },
      { kind: 'line' as const, id: 'cards' },
      { kind: 'line' as const, id: 'loans' },
      { kind: 'campaign' as const, id: 'spring-card' },
    ),
  })
  .map(({ personId, scope, consentId, ...rest }): Omit<RefusalEvent, 'id'> => ({
    ...named(rest, personId),
    // Only a withdrawal is ever the correction of one consent.
    ...(consentId === undefined || rest.kind === 'refused' ? {} : { consentId }),
    ...(scope === undefined ? {} : { scope }),
  }));
const histories = fc
  .array(fc.oneof(grants, refusals), { maxLength: 8 })
  .map((events) => events.map((event, index) => ({ id: `e-${index}`, ...event })));

/** The same events in another order, some of them several times. */
const deliveries = histories.chain((events) =>
  fc.record({
    events: fc.constant(events),
    delivered: fc
      .tuple(
        fc.shuffledSubarray(events, { minLength: events.length }),
        fc.array(fc.nat(Math.max(0, events.length - 1)), { maxLength: 8 }),
        fc.nat(),
      )
      .map(([shuffled, again, seed]) => {
        const more = again.flatMap((index) => events[index] ?? []);
        return [...shuffled, ...more]
          .map((event, index) => ({ event, key: (index * 7 + seed) % 11 }))
          .sort((one, other) => one.key - other.key)
          .map(({ event }) => event);
      }),
  }),
);

describe('the fold of consent events', () => {
  it('is one state, whatever the order and however often events are delivered', () => {
    fc.assert(
      fc.property(deliveries, fc.constantFrom(undefined, 'p-1'), ({ events, delivered }, holder) => {
        expect(foldConsents(delivered, holder)).toEqual(foldConsents(events, holder));
      }),
      { numRuns: 1_000 },
    );
  });

  it('goes on from any state that some of the events have made', () => {
    fc.assert(
      fc.property(histories, fc.nat(8), (events, cut) => {
        const first = foldConsents(events.slice(0, cut));
        expect(events.slice(cut).reduce(withConsentEvent, first)).toEqual(foldConsents(events));
      }),
    );
  });

  it('holds each event once, in the order of the ids', () => {
    fc.assert(
      fc.property(deliveries, ({ events, delivered }) => {
        const { grants: given, withdrawals } = foldConsents(delivered);
        expect([...given, ...withdrawals].map(({ id }) => id).sort()).toEqual(
          events.map(({ id }) => id).sort(),
        );
        for (const facts of [given, withdrawals]) {
          expect(facts.map(({ id }) => id)).toEqual(facts.map(({ id }) => id).sort());
        }
      }),
    );
  });

  it('names the holder of the row where nobody is named', () => {
    const event: ConsentEvent = {
      id: 'e',
      kind: 'withdrawn',
      purposes: [],
      channels: [],
      at: 1,
      recordedAt: 1,
    };
    expect(foldConsents([event], 'p-1').withdrawals).toEqual([
      { id: 'e', personId: 'p-1', purposes: [], channels: [], at: 1 },
    ]);
    expect(foldConsents([], 'p-1')).toEqual(noConsents());
  });

  it('leaves out what was granted without a name, where somebody holds the row', () => {
    const grant: GrantEvent = {
      id: 'g',
      kind: 'granted',
      scope: { kind: 'group', id: 'group' },
      purposes: ['marketing'],
      channels: ['voice_ai'],
      attributes: {},
      at: 1,
      recordedAt: 1,
    };
    const mine = { ...grant, id: 'h', personId: 'p-1' };
    expect(foldConsents([grant, mine]).grants.map(({ id }) => id)).toEqual(['g', 'h']);
    expect(foldConsents([grant, mine], 'p-1').grants.map(({ id }) => id)).toEqual(['h']);
  });

  it('keeps one word of a household once for each of its people', () => {
    const said: RefusalEvent = { id: 'e', kind: 'refused', purposes: [], channels: [], at: 1, recordedAt: 1 };
    const both = foldConsents([
      { ...said, personId: 'p-2' },
      { ...said, personId: 'p-1' },
      { ...said, personId: 'p-2' },
    ]);
    expect(both.withdrawals.map(({ personId }) => personId)).toEqual(['p-1', 'p-2']);
  });

  it.each([
    [DAY, false],
    [DAY + 1, true],
  ])('marks a grant that was written down %i ms later: %s', (later, marked) => {
    const grant: GrantEvent = {
      id: 'g',
      kind: 'granted',
      scope: { kind: 'group', id: 'group' },
      purposes: [],
      channels: [],
      attributes: {},
      at: 5,
      recordedAt: 5 + later,
    };
    expect(isBackdated(grant)).toBe(marked);
    expect(foldConsents([grant]).grants[0]?.backdated === true).toBe(marked);
  });
});

describe('what a search tells', () => {
  it('is one answer, whatever the order and however often events are delivered', () => {
    fc.assert(
      fc.property(deliveries, instants, ({ events, delivered }, asOf) => {
        expect(currentConsents(delivered, asOf)).toEqual(currentConsents(events, asOf));
        expect(standingRefusals(delivered, asOf)).toEqual(standingRefusals(events, asOf));
      }),
      { numRuns: 1_000 },
    );
  });

  const demandOf = (purpose: ConsentDemand['purpose']): ConsentDemand => ({
    purpose,
    required: [],
    disqualifying: [],
    revokedByOptOut: false,
    lapses: () => Infinity,
  });
  /** A call of the person p-1, or to its number by somebody who did not name the person. */
  const calls = fc
    .record({
      voice: fc.constantFrom(...VOICES),
      campaign: fc.constantFrom('spring-card', 'autumn-loan'),
      entity: fc.constantFrom('bank', 'insurer'),
      line: fc.constantFrom('cards', 'loans'),
    })
    .map(({ voice, campaign, entity, line }) => {
      const base = callFacts({
        ask: { voice },
        campaign: { id: campaign, entity, line, voice },
        subject: { persons: [{ personId: 'p-1' }], wishes: [], withdrawals: [], grants: [] },
      }) as KnownCall;
      return { ...base, ask: { ...base.ask, personId: 'p-1' } };
    });

  it('is what decisions go by: a consent is current just where it counts', () => {
    fc.assert(
      fc.property(histories, calls, fc.constantFrom(...CONSENT_PURPOSES), (events, call, purpose) => {
        const subject = { ...call.subject, ...foldConsents(events) };
        const counts = consentEnd({ ...call, subject }, demandOf(purpose), NOW) > -Infinity;
        const isTold = currentConsents(events, NOW).some(
          ({ grant, purposes, channels, except }) =>
            purposes.includes(purpose) &&
            channels.includes(channelOfVoice(call.ask.voice)) &&
            (grant.scope.kind === 'group' || grant.scope.id === call.campaign.entity) &&
            (grant.personId ?? 'p-1') === 'p-1' &&
            !except.some((scope) => reaches(scope, call)),
        );
        expect(isTold).toBe(counts);
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes back the one consent that a correction names, in whatever order', () => {
    const grant = (id: string, at: number): GrantEvent => ({
      id,
      kind: 'granted',
      personId: 'p-1',
      scope: { kind: 'entity', id: 'bank' },
      purposes: ['marketing'],
      channels: ['voice_ai'],
      attributes: { express: true },
      at,
      recordedAt: at,
    });
    const wrong: RefusalEvent = {
      id: 'w',
      kind: 'withdrawn',
      consentId: 'june',
      personId: 'p-1',
      purposes: ['marketing'],
      channels: ['voice_ai'],
      at: 6,
      recordedAt: 9,
    };
    const [january, june, july] = [grant('january', 1), grant('june', 6), grant('july', 6)];
    const call = {
      ...(callFacts({ subject: { persons: [{ personId: 'p-1' }], wishes: [] } }) as KnownCall),
      ask: { ...callFacts({}).ask, voice: 'ai' as const, personId: 'p-1' },
    };
    const counts = (events: ConsentEvent[]): string[] => {
      const subject = { ...call.subject, ...foldConsents(events, 'p-1') };
      const standing = standingGrants({ ...call, subject }, 'marketing', NOW).map(({ id }) => id);
      expect(
        currentConsents(events, NOW)
          .map(({ grant: { id } }) => id)
          .sort(),
      ).toEqual([...standing].sort());
      return standing;
    };
    expect(counts([wrong, june, january])).toEqual(['january']);
    expect(counts([january, june, july, wrong])).toEqual(['january', 'july']);
    expect(counts([june, wrong])).toEqual([]);
    const subject = (events: ConsentEvent[]) => ({ ...call.subject, ...foldConsents(events, 'p-1') });
    const code = (events: ConsentEvent[]): string =>
      consentFault({ ...call, subject: subject(events) }, demandOf('marketing'), NOW).code;
    // The stranger's word is no withdrawal of the person's.
    expect([code([june, wrong]), code([wrong])]).toEqual(['CONSENT_WITHDRAWN', 'CONSENT_MISSING']);
  });

  it('is what decisions go by: nobody asks again just where a "no" stands', () => {
    fc.assert(
      fc.property(histories, calls, fc.constantFrom(...CONSENT_PURPOSES), (events, call, purpose) => {
        // Named after one person, so that what was said without a name is that person's, as on the person's row.
        const own = events.map((event) => ({ ...event, personId: 'p-1' }));
        const subject = { ...call.subject, ...foldConsents(own) };
        const stands = unansweredRefusals({ ...call, subject }, purpose, NOW).length > 0;
        const isTold = standingRefusals(own, NOW).some(
          ({ refusal, purposes, channels, except }) =>
            purposes.includes(purpose) &&
            channels.includes(channelOfVoice(call.ask.voice)) &&
            (refusal.scope === undefined || reaches(refusal.scope, call)) &&
            !except.some((scope) => reaches(scope, call)),
        );
        expect(isTold).toBe(stands);
      }),
      { numRuns: 3_000 },
    );
  });
});

function reaches(scope: NonNullable<RefusalEvent['scope']>, { campaign }: KnownCall): boolean {
  if (scope.kind === 'group') return true;
  return scope.kind === 'campaign' ? scope.id === campaign.id : scope.id === campaign[scope.kind];
}
