import { callFacts, policyWith, testPack, policyOf } from '../../../../test/vectors/rules/rule-vectors';
import { decide } from '../decide';
import type { DecisionFacts } from '../facts';
import { atlasOf, type PlaceAtlas } from './atlas';

const policy = policyWith(['ningxia']);
const atlas = (facts: DecisionFacts): PlaceAtlas => atlasOf(facts.ask, facts.subject.persons, policy);
const withHint = (subdivision: string): DecisionFacts => callFacts({ ask: { subdivision } });

describe('the atlas', () => {
  it('draws a place once', () => {
    expect(atlas(callFacts())).toBe(atlas(callFacts({ at: '2026-05-05T05:05:05Z' })));
    expect(atlas(withHint('CN-NX'))).toBe(atlas(withHint('CN-NX')));
    expect(atlas(callFacts())).not.toBe(atlas(withHint('CN-NX')));
  });

  it('keeps apart what differs in who said it', () => {
    const person = { personId: 'p-1', ageBand: '18_64' };
    const hinted = callFacts({ ask: { timeZone: 'Asia/Tokyo' } });
    const known = callFacts({ subject: { persons: [{ ...person, timeZone: 'Asia/Tokyo' }] } });
    const second = callFacts({
      subject: { persons: [person, { personId: 'p-2', timeZone: 'Asia/Tokyo' }] },
    });
    expect(new Set([hinted, known, second].map(atlas)).size).toBe(3);
    expect(atlas(callFacts({ subject: { persons: [person, { personId: 'p-2' }] } }))).toBe(
      atlas(callFacts()),
    );
  });

  it('forgets when it grows too large, and answers the same', () => {
    const before = atlas(callFacts());
    const answer = JSON.stringify(decide(callFacts(), policy));
    for (let i = 0; i < 2_001; i++) atlas(withHint(`CN-${i}`));
    expect(atlas(callFacts())).not.toBe(before);
    expect(JSON.stringify(decide(callFacts(), policy))).toBe(answer);
  });

  it('knows when other rules come into force', () => {
    const place = atlasOf(withHint('CN-ZJ').ask, [], policyOf([testPack('every-kind')]));
    const begins = (date: string): number => Date.parse(`${date}T00:00:00+08:00`);
    expect(place.nextChange(begins('2026-11-10') - 1)).toBe(begins('2026-11-10'));
    expect(place.nextChange(begins('2026-11-10'))).toBe(begins('2026-12-01'));
    expect(place.nextChange(begins('2026-12-11'))).toBe(Infinity);
    expect(place.planAt('service', begins('2026-11-10') - 1)).not.toBe(
      place.planAt('service', begins('2026-11-10')),
    );
  });
});
