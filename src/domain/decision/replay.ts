import { type RecordedDecision, recordedVerdicts } from './recorded';
import type { Decision, Reason } from './verdict';

/** One member in which a decision made again differs from the recorded one; paths are JSON Pointers. */
export interface ReplayDifference {
  path: string;
  recorded: unknown;
  replayed: unknown;
}

/**
 * Compares a recorded decision with the same decision made again: outcome, codes, rules, sources, `notBefore` and
 * obligations, and every rule's result. `detail` is prose and excluded (RULINGS 10).
 */
export function replayDifferences(recorded: RecordedDecision, replayed: Decision): ReplayDifference[] {
  const differences: ReplayDifference[] = [];
  const compare = (path: string, was: unknown, is: unknown): void => {
    if (JSON.stringify(was) !== JSON.stringify(is)) differences.push({ path, recorded: was, replayed: is });
  };
  compare('/outcome', recorded.outcome, replayed.outcome);
  compare('/reasons', recorded.reasons.map(withoutDetail), replayed.reasons.map(withoutDetail));
  compare('/verdicts', sorted(recorded.verdicts), sorted(recordedVerdicts(replayed.verdicts)));
  compare('/notBefore', recorded.notBefore ?? null, replayed.notBefore ?? null);
  compare('/expiresAt', recorded.expiresAt ?? null, replayed.expiresAt ?? null);
  compare('/obligations', sorted(recorded.obligations ?? null), sorted(replayed.obligations ?? null));
  return differences;
}

const withoutDetail = ({ code, rule, source }: Reason) => ({ code, rule, source });

/** The record is canonical JSON, so its members stand in another order than those of a fresh decision. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([member, content]) => [member, sorted(content)]));
}
