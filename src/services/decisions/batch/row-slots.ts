import type { Slot } from '../../../domain/decision/facts';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import { durationOf } from '../../../domain/time/duration';
import { DAY, type Instant } from '../../../domain/time/instant';
import type { Policy } from '../../../domain/policy/policy';
import type { LockedRow } from './decision.repository';

/**
 * How long an attempt stays on the subject row: longer than the longest cap of any pack, which `checkSlotHorizon`
 * makes sure of. The call itself stays in history for good.
 */
const SLOT_HORIZON = 93 * DAY;

/** Takes the slot that an allow stands for, so that the next decision on this row sees it. */
export function takeSlot(row: LockedRow, slot: Slot): void {
  const kept = row.slots.filter((earlier) => !forgotten(earlier, slot.decidedAt));
  // Where nothing is forgotten the canonical text only grows by one item.
  const text = kept.length === row.slots.length ? row.slotsText : canonicalJson(kept as unknown as Json);
  row.slots = [...kept, slot];
  row.slotsText = `${text.slice(0, -1)}${kept.length === 0 ? '' : ','}${canonicalJson({ ...slot })}]`;
}

const forgotten = (slot: Slot, now: Instant): boolean =>
  (slot.endedAt ?? slot.placedAt ?? slot.expiresAt) < now - SLOT_HORIZON;

/** Refuses to serve a policy whose caps look further back than a row remembers. */
export function checkSlotHorizon(policy: Policy): void {
  for (const pack of policy.packs.values()) {
    for (const rule of pack.rules) {
      if (rule.kind !== 'cap' || rule.values.rolling === undefined) continue;
      if (durationOf(rule.values.rolling).millis > SLOT_HORIZON) {
        throw new Error(
          `Rule ${rule.id} counts over a longer time than the 93 days that attempts are kept at hand.`,
        );
      }
    }
  }
}
