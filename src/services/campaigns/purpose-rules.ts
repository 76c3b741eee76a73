import type { Purpose } from '../../domain/decision/purpose';
import type { Pack, RuleKind } from '../../domain/policy/pack';
import type { Policy } from '../../domain/policy/policy';

/** Kinds whose rules can refuse a call; the others only say what is owed. */
const REFUSING: ReadonlySet<RuleKind> = new Set<RuleKind>([
  'window',
  'holidays',
  'cap',
  'cooldown',
  'consent',
  'registry',
  'ai_barred',
  'caller_id',
  'human_first',
]);

/**
 * Whether calls of the purpose `to` would have fewer rules than those of the purpose `from` in any pack: they escape a
 * rule that can refuse, or there are fewer rules of some kind. Such a change is one that another person must grant
 * (RULINGS 24). Of obligations it is the number that counts, because packs word the same duty for each purpose.
 */
export function hasFewerRules(policy: Pick<Policy, 'packs'>, from: Purpose, to: Purpose): boolean {
  return [...policy.packs.values()].some((pack) => hasFewerRulesIn(pack, from, to));
}

function hasFewerRulesIn({ rules }: Pack, from: Purpose, to: Purpose): boolean {
  const escapes = rules.some(
    ({ kind, purposes }) => REFUSING.has(kind) && purposes.includes(from) && !purposes.includes(to),
  );
  const count = (kind: RuleKind, purpose: Purpose): number =>
    rules.filter((rule) => rule.kind === kind && rule.purposes.includes(purpose)).length;
  return escapes || rules.some(({ kind }) => count(kind, from) > count(kind, to));
}
