import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../../contracts/actor';
import type { E164 } from '../../../domain/phone/e164';
import type { Tx } from '../../../platform/database/database';
import { FlagsPort } from '../../flags/flags.port';
import { ConsentsRepository } from '../consents/consents.repository';
import { WithdrawConsent } from '../consents/withdraw-consent';
import { OpenedEventsReader } from '../opened-events.reader';
import type { RecordedWish } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';

/** What a number that was never the person's has left in the person's record. */
@Injectable()
export class NumberTraces {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly consents: ConsentsRepository,
    private readonly withdrawals: WithdrawConsent,
    private readonly opened: OpenedEventsReader,
    private readonly flags: FlagsPort,
  ) {}

  /**
   * Consents that were given by the number end as of the moment they were given: whoever gave them was not the person.
   * What the person consented to afterwards, or by another way, goes on. Returns the ids of the consents.
   */
  async withdrawConsents(
    tx: Tx,
    {
      customerId,
      personId,
      number,
      actor,
    }: { customerId: string; personId: string; number: E164; actor: Actor },
  ): Promise<string[]> {
    const records = await this.subjects.reachOf(tx, [personId]);
    const grants = (await this.consents.list(tx, records, undefined)).filter(
      (event) => event.kind === 'granted' && (event.personId ?? personId) === personId,
    );
    const opened = await this.opened.findAll(
      tx,
      grants.map((grant) => grant.eventId),
    );
    const byNumber = grants.filter((grant) => saidBy(opened.get(grant.eventId)?.payload) === number);
    for (const { id, purposes, channels, at } of byNumber) {
      await this.withdrawals.withdraw(tx, {
        target: { customerId },
        purposes,
        channels,
        at,
        method: 'wrong_number',
        evidence: { consentId: id, number },
        actor,
      });
    }
    return byNumber.map((grant) => grant.id);
  }

  /** The work that goes with it: done where an officer says so, to be looked at where anybody else does. */
  async flag(
    tx: Tx,
    found: { personId: string; number: E164; reason: string; actor: Actor },
    wish: RecordedWish,
  ): Promise<{ id: string; state: 'open' | 'resolved' }[]> {
    const { personId, number, reason, actor } = found;
    const open = await this.flags.openOf(tx, 'wrong_person', [personId]);
    if (actor.kind === 'person' && hasRole(actor, 'compliance')) {
      for (const id of open) {
        await this.flags.settle(tx, id, { resolution: 'number_parted', note: reason, actor });
      }
      return open.map((id) => ({ id, state: 'resolved' as const }));
    }
    const raised = await this.flags.raise(tx, {
      kind: 'wrong_person',
      subjectId: personId,
      causeEventId: wish.eventId,
      suppressionId: wish.id,
      detail: { number, reason },
      actor,
    });
    return [raised.id, ...open].map((id) => ({ id, state: 'open' as const }));
  }
}

/** The number that a word came in by, as its sealed record says; undefined where it named a customer. */
function saidBy(payload: Record<string, unknown> | undefined): string | undefined {
  const said = payload?.['said'];
  const number = typeof said === 'object' && said !== null && 'number' in said ? said.number : undefined;
  return typeof number === 'string' ? number : undefined;
}
