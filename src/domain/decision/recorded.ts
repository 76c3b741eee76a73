import type { Decision, RuleVerdict } from './verdict';

/**
 * Every rule's verdict as a record keeps it: rule ids by result. What objected stands in full among the reasons; the
 * citation of the others is in the policy that the record names by its hash, so a record need not repeat it.
 */
export type RecordedVerdicts = Record<RuleVerdict['result'], string[]>;

export type RecordedDecision = Omit<Decision, 'verdicts'> & { verdicts: RecordedVerdicts };

/** Ids in the order of evaluation; the same decision gives the same value. */
export function recordedVerdicts(verdicts: readonly RuleVerdict[]): RecordedVerdicts {
  const byResult: RecordedVerdicts = { not_applicable: [], not_evaluated: [], objected: [], passed: [] };
  for (const { rule, result } of verdicts) byResult[result].push(rule);
  return byResult;
}
