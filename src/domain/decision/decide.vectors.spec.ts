import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { callFacts, policyWith, readJson, ruleVectorFiles } from '../../../test/vectors/rules/rule-vectors';
import { coarsen } from './coarse';
import { decide } from './decide';
import type { DecisionFacts } from './facts';
import { REASON_CODES } from './reason-codes';
import type { Decision } from './verdict';

const files = ruleVectorFiles();
const instant = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

describe('rule vectors', () => {
  const ajv = addFormats(new Ajv2020({ strict: true, strictTuples: false, strictRequired: false }));
  const validate = ajv.compile(readJson('rule-vectors.schema.json') as object);

  it.each(files)('%s follows the schema', (_name, file) => {
    validate(file);
    expect(validate.errors).toBeNull();
  });

  it('have names of their own', () => {
    for (const [, { vectors }] of files) {
      const ids = vectors.map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)]);
    }
  });
});

describe.each(files)('%s', (_name, file) => {
  const policy = policyWith(file.packs);

  it.each(file.vectors.map((vector) => [vector.id, vector] as const))('%s', (_id, vector) => {
    const facts = callFacts(file.facts, vector.facts, { at: vector.at });
    const decision = decide(facts, policy);
    const { expect: expected } = vector;
    expect([
      decision.outcome,
      decision.reasons.map(({ code, rule, until }) => ({ code, rule, until })),
    ]).toEqual([
      expected.outcome,
      (expected.objections ?? []).map(([code, rule, until]) => ({ code, rule, until: instant(until) })),
    ]);
    expect(decision.notBefore).toBe(instant(expected.notBefore));
    if (expected.notBeforeCoarse !== undefined) {
      expect(decision.notBeforeCoarse).toBe(instant(expected.notBeforeCoarse));
    }
    if (expected.expiresAt !== undefined) expect(decision.expiresAt).toBe(instant(expected.expiresAt));
    if (expected.obligations !== undefined) expect(decision.obligations).toEqual(expected.obligations);
    if (expected.candidates !== undefined) {
      expect(
        decision.candidates.map(({ jurisdiction, timeZone, from }) => [jurisdiction, timeZone, from]),
      ).toEqual(expected.candidates);
    }
    for (const [rule, result] of Object.entries(expected.verdicts ?? {})) {
      const found = decision.verdicts.find((verdict) => verdict.rule === rule)?.result ?? 'absent';
      expect([rule, found]).toEqual([rule, result]);
    }
    if (expected.coarse !== undefined) {
      expect(coarsen(decision).reasons.map(({ code }) => code)).toEqual(expected.coarse);
    }
    expectWellFormed(decision, facts);
  });
});

/** What holds of every answer. */
function expectWellFormed(decision: Decision, { at, ttl }: DecisionFacts): void {
  expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
  const rules = decision.verdicts.map(({ rule }) => rule);
  expect(rules).toEqual([...new Set(rules)]);
  const objected = decision.verdicts.filter(({ result }) => result === 'objected');
  expect(objected.map(({ result: _result, ...reason }) => reason)).toEqual(decision.reasons);
  const { notBefore, notBeforeCoarse, expiresAt, obligations } = decision;
  expect(decision.reasons.length === 0).toBe(decision.outcome === 'allow');
  expect([notBefore, notBeforeCoarse].map((time) => time !== undefined)).toEqual(
    decision.outcome === 'defer' ? [true, true] : [false, false],
  );
  expect([expiresAt, obligations].map((member) => member !== undefined)).toEqual(
    decision.outcome === 'allow' ? [true, true] : [false, false],
  );
  if (notBefore !== undefined) {
    expect(notBefore % 1_000).toBe(0);
    expect(notBefore).toBeGreaterThan(at);
  }
  if (notBeforeCoarse !== undefined) expect(notBeforeCoarse).toBeGreaterThan(at);
  if (expiresAt !== undefined) {
    expect(expiresAt).toBeGreaterThan(at);
    expect(expiresAt).toBeLessThanOrEqual(at + ttl);
  }
}

describe('reason codes', () => {
  /** What only the coarse answer says, and what waits for the packs that ask for it. */
  const elsewhere = ['NOT_CALLABLE', 'NOT_NOW', 'REASSIGNED_UNCHECKED'];

  it('each stand in some vector', () => {
    const seen = new Set(
      files.flatMap(([, { vectors }]) =>
        vectors.flatMap((vector) => (vector.expect.objections ?? []).map(([code]) => code)),
      ),
    );
    expect(REASON_CODES.filter((code) => !seen.has(code))).toEqual(
      REASON_CODES.filter((code) => elsewhere.includes(code)),
    );
  });
});
