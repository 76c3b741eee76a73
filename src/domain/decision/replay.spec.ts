import { callFacts, policyWith } from '../../../test/vectors/rules/rule-vectors';
import { decide } from './decide';
import { recordedVerdicts, type RecordedDecision } from './recorded';
import { replayDifferences } from './replay';
import type { Decision } from './verdict';

const policy = policyWith();
const allowed = decide(callFacts(), policy);
const deferred = decide(callFacts({ at: '2026-11-20T12:00:00+08:00' }), policy);

/** As a record holds it: rule ids by result, and members in the order of canonical JSON. */
const recorded = (decision: Decision): RecordedDecision =>
  canonical({ ...decision, verdicts: recordedVerdicts(decision.verdicts) }) as RecordedDecision;

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a > b ? 1 : -1));
  return Object.fromEntries(entries.map(([member, content]) => [member, canonical(content)]));
}

const paths = (was: Decision, is: Decision): string[] =>
  replayDifferences(recorded(was), is).map(({ path }) => path);

describe('the verdicts of a record', () => {
  it('are rule ids by result', () => {
    expect(recordedVerdicts(deferred.verdicts).objected).toEqual(['cn-calling-window']);
    expect(recordedVerdicts(allowed.verdicts).not_applicable).toContain('cn-life-insurance-window');
    expect(Object.values(recordedVerdicts(allowed.verdicts)).flat()).toHaveLength(allowed.verdicts.length);
  });
});

describe('a decision made again', () => {
  it.each([
    ['an allow', allowed],
    ['a deferral', deferred],
  ])('does not differ from its record: %s', (_what, decision) => {
    expect(replayDifferences(recorded(decision), decision)).toEqual([]);
  });

  it('differs in every member that counts', () => {
    expect(paths(allowed, deferred)).toEqual([
      '/outcome',
      '/reasons',
      '/verdicts',
      '/notBefore',
      '/expiresAt',
      '/obligations',
    ]);
    expect(replayDifferences(recorded(allowed), deferred)[0]).toEqual({
      path: '/outcome',
      recorded: 'allow',
      replayed: 'defer',
    });
  });

  it('may put its reasons in other words', () => {
    const reworded = {
      ...deferred,
      reasons: deferred.reasons.map((reason) => ({ ...reason, detail: 'Closed.' })),
    };
    expect(paths(deferred, reworded)).toEqual([]);
    const otherRule = { ...deferred, reasons: deferred.reasons.map((reason) => ({ ...reason, rule: 'x' })) };
    expect(paths(deferred, otherRule)).toEqual(['/reasons']);
  });
});
