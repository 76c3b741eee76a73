import type { ConsentAttributes, ConsentGrant } from '../../../domain/decision/facts';
import type { Channel, ConsentPurpose } from '../../../domain/decision/purpose';
import type { Instant } from '../../../domain/time/instant';

/** A grant or a withdrawal as history holds it. */
export interface ConsentEvent {
  id: string;
  receiptId?: string;
  subjectId: string;
  personId?: string;
  kind: 'granted' | 'withdrawn';
  scope?: ConsentGrant['scope'];
  purposes: ConsentPurpose[];
  channels: Channel[];
  attributes?: ConsentAttributes;
  /** When it was said; `recordedAt` is when we learned of it. */
  at: Instant;
  expiresAt?: Instant;
  recordedAt: Instant;
  recordedBy: string;
  eventId: string;
}

/**
 * What consents say at `asOf`, from the events known: each grant with the purposes and channels that nobody withdrew,
 * in as many parts as it takes to write them as sets. Whether a law accepts a consent is for a decision to say.
 */
export function currentConsents(events: readonly ConsentEvent[], asOf: Instant): ConsentEvent[] {
  const withdrawals = events.filter((event) => event.kind === 'withdrawn' && effectiveFrom(event) <= asOf);
  return events
    .filter((event) => event.kind === 'granted' && event.at <= asOf && asOf < (event.expiresAt ?? Infinity))
    .flatMap((grant) => {
      const after = withdrawals.filter(
        (withdrawal) => withdrawal.at >= grant.at && mayBeOfOne(withdrawal, grant),
      );
      return remaining(grant, after);
    });
}

/** A withdrawal binds from its commit, even where its own clock ran ahead. */
const effectiveFrom = (withdrawal: ConsentEvent): Instant => Math.min(withdrawal.at, withdrawal.recordedAt);

/** What was said by a number before it was anybody's may have been said by whoever it is now. */
const mayBeOfOne = (a: ConsentEvent, b: ConsentEvent): boolean =>
  a.personId === undefined || b.personId === undefined || a.personId === b.personId;

function remaining(grant: ConsentEvent, withdrawals: readonly ConsentEvent[]): ConsentEvent[] {
  const parts = new Map<string, ConsentEvent>();
  for (const purpose of grant.purposes) {
    const channels = grant.channels.filter(
      (channel) =>
        !withdrawals.some(
          ({ purposes, channels: gone }) => purposes.includes(purpose) && gone.includes(channel),
        ),
    );
    if (channels.length === 0) continue;
    const key = channels.join(' ');
    const part = parts.get(key) ?? { ...grant, purposes: [], channels };
    part.purposes.push(purpose);
    parts.set(key, part);
  }
  return [...parts.values()];
}
