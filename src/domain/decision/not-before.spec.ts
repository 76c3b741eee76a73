import { callFacts, policyWith } from '../../../test/vectors/rules/rule-vectors';
import { engineStamp, isKnownCall, objectionUntil, type Check, type KnownCall } from './checks/check';
import { firstLegalInstant } from './not-before';
import { atlasOf, type PlaceAtlas } from './plan/atlas';
import { judge } from './plan/judge';
import type { Plan } from './plan/plan';

const stamp = engineStamp('engine-x', 'a test');

/** A place whose only rule objects for ever and says that it will be gone at an instant of its own choosing. */
function placeThatSays(until: (at: number) => number): PlaceAtlas {
  const check: Check = {
    stamp,
    judge: (_call, at) => objectionUntil(stamp, 'QUIET_TIME', 'x', until(at)),
  };
  const plan: Plan = { always: [], known: [check], duties: [] };
  return { planAt: () => plan } as unknown as PlaceAtlas;
}

function knownCall(at: string): KnownCall {
  const facts = callFacts({ at });
  if (!isKnownCall(facts)) throw new Error('The call has no campaign.');
  return facts;
}

describe('the search for the first legal instant', () => {
  const call = knownCall('2026-11-20T12:00:00+08:00');

  it.each<[string, (at: number) => number]>([
    ['stands still', (at) => at],
    ['goes back', (at) => at - 86_400_000],
    ['goes on for ever', (at) => at + 86_400_000],
  ])('ends without one where a rule %s', (_what, until) => {
    const place = placeThatSays(until);
    expect(firstLegalInstant(call, place, judge(call, place, call.at))).toBeUndefined();
  });

  it('finds it where there is one', () => {
    const atlas = atlasOf(call.ask, call.subject.persons, policyWith());
    expect(firstLegalInstant(call, atlas, judge(call, atlas, call.at))).toBe(
      Date.parse('2026-11-20T14:00:00+08:00'),
    );
  });
});
