import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../../contracts/actor';
import type { E164 } from '../../../domain/phone/e164';
import type { Tx } from '../../../platform/database/database';
import { Keyring } from '../../../platform/keys/keyring';
import { FlagsPort } from '../../flags/flags.port';
import { ConsentsRepository } from '../consents/consents.repository';
import { WithdrawConsent } from '../consents/withdraw-consent';
import { OpenedEventsReader } from '../opened-events.reader';
import type { RecordedWish } from '../subjects.port';
import { SubjectsRepository } from '../subjects.repository';
import { WishesRepository } from '../wishes/wishes.repository';

/** What a number that was never the person's has left in the person's record. */
@Injectable()
export class NumberTraces {
  constructor(
    private readonly subjects: SubjectsRepository,
    private readonly consents: ConsentsRepository,
    private readonly withdrawals: WithdrawConsent,
    private readonly opened: OpenedEventsReader,
    private readonly flags: FlagsPort,
    private readonly wishes: WishesRepository,
    private readonly keyring: Keyring,
  ) {}

  /**
   * Consents that were given by the number are taken back one by one, as of the moment they were given: whoever gave
   * them was not the person. What the person consented to by another way, before or after, goes on. Returns the ids of
   * the consents.
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
    for (const { id, scope, purposes, channels, at } of byNumber) {
      await this.withdrawals.withdraw(tx, {
        target: { customerId },
        consentId: id,
        ...(scope?.kind === 'entity' ? { scope } : {}),
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

  /**
   * The work that goes with it: done where an officer says so, to be looked at where anybody else does. `records` are
   * those that a word about this number may stand in: the person's and the households', as it was before they parted.
   */
  async flag(
    tx: Tx,
    found: { personId: string; number: E164; records: readonly string[]; reason: string; actor: Actor },
    wish: RecordedWish,
  ): Promise<{ id: string; state: 'open' | 'resolved' }[]> {
    const { personId, number, records, reason, actor } = found;
    const open = await this.openAbout(tx, number, records);
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

  /** Only what was said about this number: whether the person's others are wrong, too, nobody has looked. */
  private async openAbout(tx: Tx, number: E164, records: readonly string[]): Promise<string[]> {
    const tag = this.keyring.tagOfNumber(number).toString('hex');
    const about: string[] = [];
    for (const { id, suppressionId } of await this.flags.openOf(tx, 'wrong_person', records)) {
      const wish = suppressionId === null ? undefined : await this.wishes.find(tx, suppressionId);
      const said = wish === undefined ? undefined : await this.opened.find(tx, wish.eventId);
      if (numberOf(said?.payload) === tag) about.push(id);
    }
    return about;
  }
}

/** The tag of the one number that a wish binds, as its sealed record says. */
function numberOf(payload: Record<string, unknown> | undefined): unknown {
  const wish = payload?.['wish'];
  return typeof wish === 'object' && wish !== null && 'number' in wish ? wish.number : undefined;
}

/** The number that a word came in by, as its sealed record says; undefined where it named a customer. */
function saidBy(payload: Record<string, unknown> | undefined): string | undefined {
  const said = payload?.['said'];
  const number = typeof said === 'object' && said !== null && 'number' in said ? said.number : undefined;
  return typeof number === 'string' ? number : undefined;
}
