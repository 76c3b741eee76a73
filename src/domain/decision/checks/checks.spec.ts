import { callFacts, type Patch } from '../../../../test/vectors/rules/rule-vectors';
import { campaignCheck } from './campaign';
import {
  engineStamp,
  isKnownCall,
  objection,
  objectionUntil,
  ruleStamp,
  sourceText,
  type KnownCall,
} from './check';
import { registeredCallerIdCheck } from './registered-caller-id';

const known = (patch: Patch): KnownCall => {
  const facts = callFacts(patch);
  if (!isKnownCall(facts)) throw new Error('The call has no campaign.');
  return facts;
};

describe('what an objection says', () => {
  const dated = ruleStamp('x', 'a law', 'law', { fault: false, endsAt: 50 });

  it('is gone when its rule is no longer in force', () => {
    expect(objectionUntil(dated, 'HOLIDAY', 'closed', 40).until).toBe(40);
    expect(objectionUntil(dated, 'HOLIDAY', 'closed', 60).until).toBe(50);
    expect(objectionUntil(dated, 'HOLIDAY', 'closed', Infinity).until).toBe(50);
  });

  it('has no instant where time does not lift it', () => {
    const verdict = objectionUntil(engineStamp('engine-x', 'a test'), 'SUPPRESSED', 'a wish', Infinity);
    expect(verdict).toEqual({
      rule: 'engine-x',
      result: 'objected',
      code: 'SUPPRESSED',
      detail: 'a wish',
      source: 'Quietline: a test',
      force: 'default',
    });
  });

  it('names a fault of the request as such', () => {
    expect(objection(engineStamp('engine-x', 'a test', true), 'NUMBER_INVALID', 'x').fault).toBe('request');
    expect(objection(engineStamp('engine-x', 'a test'), 'NUMBER_INVALID', 'x').fault).toBeUndefined();
  });

  it('cites its source in one line', () => {
    const citation = { instrument: '广告法', effectiveFrom: '2015-09-01', readOn: '2026-11-20' };
    expect(sourceText(citation)).toBe('广告法 (from 2015-09-01)');
    expect(sourceText({ ...citation, article: 'Art. 43' })).toBe('广告法, Art. 43 (from 2015-09-01)');
  });

  it('is shared, and so frozen, where it says the same of every call', () => {
    for (const verdict of [dated.passed, dated.notApplicable, dated.notEvaluated]) {
      expect(Object.isFrozen(verdict)).toBe(true);
    }
  });
});

describe('how long a check holds', () => {
  it('is until the approval lapses', () => {
    const call = known({ campaign: { approvedUntil: '2026-11-20T10:00:20+08:00' } });
    expect(campaignCheck.holdsUntil?.(call, call.at, call.at + 30_000)).toBe(call.at + 20_000);
    expect(campaignCheck.holdsUntil?.(call, call.at, call.at + 10_000)).toBe(call.at + 10_000);
  });

  it('is the limit where nothing lapses', () => {
    const call = known({ campaign: { approvedUntil: null }, callerId: null });
    expect(campaignCheck.holdsUntil?.(call, call.at, call.at + 30_000)).toBe(call.at + 30_000);
    expect(registeredCallerIdCheck.holdsUntil?.(call, call.at, call.at + 30_000)).toBe(call.at + 30_000);
  });
});
