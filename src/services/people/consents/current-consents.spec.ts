import fc from 'fast-check';
import { CHANNELS, PURPOSES } from '../../../domain/decision/purpose';
import { type ConsentEvent, currentConsents } from './current-consents';

const common = { id: 'e', subjectId: 's', recordedBy: 'c', eventId: 'v' };
const granted = (at: number, more: Partial<ConsentEvent> = {}): ConsentEvent => ({
  ...common,
  kind: 'granted',
  purposes: ['marketing'],
  channels: ['voice_ai'],
  at,
  recordedAt: at,
  ...more,
});
const withdrawn = (at: number, more: Partial<ConsentEvent> = {}): ConsentEvent => ({
  ...granted(at, more),
  kind: 'withdrawn',
});

describe('current consents', () => {
  it('begin with the grant and end with its expiry', () => {
    const events = [granted(10, { expiresAt: 20 })];
    expect([9, 10, 19, 20].map((asOf) => currentConsents(events, asOf).length)).toEqual([0, 1, 1, 0]);
  });

  it('end with a withdrawal, which wins at the same instant', () => {
    expect(currentConsents([granted(10), withdrawn(10)], 30)).toHaveLength(0);
    expect(currentConsents([granted(11), withdrawn(10)], 30)).toHaveLength(1);
    expect(currentConsents([granted(10), withdrawn(20)], 19)).toHaveLength(1);
  });

  it('end at the commit of a withdrawal whose clock runs ahead', () => {
    expect(currentConsents([granted(10), withdrawn(50, { recordedAt: 20 })], 30)).toHaveLength(0);
  });

  it('are one person’s alone, unless nobody knows whose', () => {
    const events = (who: Partial<ConsentEvent>) => [granted(10, { personId: 'p' }), withdrawn(20, who)];
    expect(currentConsents(events({ personId: 'q' }), 30)).toHaveLength(1);
    expect(currentConsents(events({ personId: 'p' }), 30)).toHaveLength(0);
    expect(currentConsents(events({}), 30)).toHaveLength(0);
  });

  it('keep exactly the cells that nobody withdrew, in sets that do not overlap', () => {
    const cells = {
      purposes: fc.subarray([...PURPOSES], { minLength: 1 }),
      channels: fc.subarray([...CHANNELS], { minLength: 1 }),
    };
    const cellsOf = (event: ConsentEvent): string[] =>
      event.purposes.flatMap((purpose) => event.channels.map((channel) => `${purpose}/${channel}`));
    fc.assert(
      fc.property(fc.record(cells), fc.array(fc.record(cells), { maxLength: 4 }), (grant, withdrawals) => {
        const events = [granted(10, grant), ...withdrawals.map((cell) => withdrawn(20, cell))];
        const gone = new Set(events.slice(1).flatMap(cellsOf));
        const left = currentConsents(events, 30).flatMap(cellsOf);
        expect(left.sort()).toEqual(
          cellsOf(granted(10, grant))
            .filter((cell) => !gone.has(cell))
            .sort(),
        );
      }),
      { numRuns: 300 },
    );
  });
});
