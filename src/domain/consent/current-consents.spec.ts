import fc from 'fast-check';
import { CHANNELS, PURPOSES } from '../decision/purpose';
import type { ConsentEvent, GrantEvent, RefusalEvent } from './consent-fold';
import { currentConsents, standingRefusals } from './current-consents';
import type { Cells } from './remaining-cells';

let lastId = 0;
const granted = (at: number, more: Partial<GrantEvent> = {}): GrantEvent => ({
  id: `e-${lastId++}`,
  kind: 'granted',
  scope: { kind: 'entity', id: 'bank' },
  purposes: ['marketing'],
  channels: ['voice_ai'],
  attributes: {},
  at,
  recordedAt: at,
  ...more,
});
const withdrawn = (at: number, more: Partial<RefusalEvent> = {}): RefusalEvent => ({
  id: `e-${lastId++}`,
  kind: 'withdrawn',
  purposes: ['marketing'],
  channels: ['voice_ai'],
  at,
  recordedAt: at,
  ...more,
});
const refused = (at: number, more: Partial<RefusalEvent> = {}): RefusalEvent =>
  withdrawn(at, { kind: 'refused', ...more });

const cellsOf = ({ purposes, channels }: Cells): string[] =>
  purposes.flatMap((purpose) => channels.map((channel) => `${purpose}/${channel}`));

describe('current consents', () => {
  it('begin with the grant and end with its expiry', () => {
    const events = [granted(10, { expiresAt: 20 })];
    expect([9, 10, 19, 20].map((asOf) => currentConsents(events, asOf).length)).toEqual([0, 1, 1, 0]);
  });

  it.each([withdrawn, refused])(
    'end with a word that takes them back, which wins at the same instant',
    (taken) => {
      expect(currentConsents([granted(10), taken(10)], 30)).toHaveLength(0);
      expect(currentConsents([granted(11), taken(10)], 30)).toHaveLength(1);
      expect(currentConsents([granted(10), taken(20)], 19)).toHaveLength(1);
    },
  );

  it('are not revived by a grant that was given before the withdrawal and written down after it', () => {
    const events = [granted(5), withdrawn(20), granted(15, { recordedAt: 30 })];
    expect(currentConsents(events, 40)).toHaveLength(0);
    expect(currentConsents([...events, granted(21, { recordedAt: 31 })], 40)).toHaveLength(1);
  });

  it('end at the commit of a withdrawal whose clock runs ahead', () => {
    expect(currentConsents([granted(10), withdrawn(50, { recordedAt: 20 })], 30)).toHaveLength(0);
  });

  it('are one person’s alone, unless nobody knows whose', () => {
    const events = (who: Partial<RefusalEvent>): ConsentEvent[] => [
      granted(10, { personId: 'p' }),
      withdrawn(20, who),
    ];
    expect(currentConsents(events({ personId: 'q' }), 30)).toHaveLength(1);
    expect(currentConsents(events({ personId: 'p' }), 30)).toHaveLength(0);
    expect(currentConsents(events({}), 30)).toHaveLength(0);
  });

  it('keep exactly the cells that nobody withdrew, in sets that do not overlap', () => {
    const cells = fc.record({
      purposes: fc.subarray([...PURPOSES], { minLength: 1 }),
      channels: fc.subarray([...CHANNELS], { minLength: 1 }),
    });
    fc.assert(
      fc.property(cells, fc.array(cells, { maxLength: 4 }), (grant, withdrawals) => {
        const events = [granted(10, grant), ...withdrawals.map((cell) => withdrawn(20, cell))];
        const gone = new Set(withdrawals.flatMap(cellsOf));
        const left = currentConsents(events, 30).flatMap(cellsOf);
        expect(left.sort()).toEqual(
          cellsOf(grant)
            .filter((cell) => !gone.has(cell))
            .sort(),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('say what a narrower withdrawal takes out of them', () => {
    const line = { kind: 'line' as const, id: 'cards' };
    const campaign = { kind: 'campaign' as const, id: 'spring' };
    const exceptOf = (...events: ConsentEvent[]) => currentConsents(events, 30).map(({ except }) => except);
    expect(exceptOf(granted(10), withdrawn(20, { scope: line }), withdrawn(21, { scope: line }))).toEqual([
      [line],
    ]);
    expect(exceptOf(granted(10), withdrawn(20, { scope: line }), withdrawn(21, { scope: campaign }))).toEqual(
      [[campaign, line]],
    );
    expect(exceptOf(granted(10), withdrawn(20, { scope: campaign }), withdrawn(21, { scope: line }))).toEqual(
      [[campaign, line]],
    );
    const [insurer, bank] = ['insurer', 'bank'].map((id) => ({ kind: 'entity' as const, id }));
    expect(exceptOf(granted(10), withdrawn(20, { scope: insurer as never }))).toEqual([[]]);
    expect(exceptOf(granted(10), withdrawn(20, { scope: bank as never }))).toEqual([]);
    expect(exceptOf(granted(10), withdrawn(20, { scope: { kind: 'group' } }))).toEqual([]);
    const toAll = granted(10, { scope: { kind: 'group', id: 'group' } });
    expect(exceptOf(toAll, withdrawn(20, { scope: bank as never }))).toEqual([[bank]]);
  });

  it('come in parts where only some channels have an exception', () => {
    const grant = granted(10, { channels: ['voice_ai', 'sms'] });
    const line = { kind: 'line' as const, id: 'cards' };
    const parts = currentConsents([grant, withdrawn(20, { channels: ['sms'], scope: line })], 30);
    expect(parts.map(({ channels, except }) => [channels, except])).toEqual([
      [['voice_ai'], []],
      [['sms'], [line]],
    ]);
  });
});

describe('a "no" to a request for consent', () => {
  const left = (...events: ConsentEvent[]) => standingRefusals(events, 30);

  it('stands until the person consents, and a withdrawal is none', () => {
    expect(left(refused(10))).toHaveLength(1);
    expect(left(withdrawn(10))).toHaveLength(0);
    expect(left(refused(10), granted(10))).toHaveLength(1);
    expect(left(refused(10, { scope: { kind: 'entity', id: 'bank' } }), granted(11))).toHaveLength(0);
    expect(left(refused(10), granted(40))).toHaveLength(1);
    expect(left(refused(40))).toHaveLength(0);
  });

  it('stands for everybody to whom no consent was given', () => {
    const bank = { kind: 'entity', id: 'bank' };
    expect(left(refused(10), granted(20)).map(({ except }) => except)).toEqual([[bank]]);
    expect(left(refused(10), granted(20, { scope: { kind: 'group', id: 'group' } }))).toEqual([]);
    expect(left(refused(10, { scope: { kind: 'entity', id: 'insurer' } }), granted(20))).toHaveLength(1);
    expect(left(refused(10, { personId: 'p' }), granted(20, { personId: 'q' }))).toMatchObject([
      { except: [] },
    ]);
  });
});
