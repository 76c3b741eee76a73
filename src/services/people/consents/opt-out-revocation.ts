import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { type RefusalEvent, withdrawalOf, withFact } from '../../../domain/consent/consent-fold';
import type { Wish } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import type { Reach } from '../subjects.port';
import { OptOutLaw } from '../wishes/opt-out-law';
import { namedFor, speakerOf } from '../words-on-rows';
import { ConsentsRepository } from './consents.repository';

/** A wish of the person's own that is lifted, and when it was said. */
export type EndedWish = Pick<Wish, 'id' | 'scope' | 'purposes' | 'channels'> & { saidAt: Instant };

/**
 * What a person's own wish leaves behind when it is lifted: consents given before it stay dead where the law says so
 * (RULINGS 19). It says what the wish said, no less and no more, in the ledger as on the rows.
 */
@Injectable()
export class OptOutRevocation {
  constructor(
    private readonly law: OptOutLaw,
    private readonly consents: ConsentsRepository,
    private readonly time: DatabaseTime,
  ) {}

  /** Whether the law of any of the person's numbers says that an opt-out ends consents, or none can be told. */
  applies(tx: Tx, reach: Reach): Promise<boolean> {
    return this.law.optOutRevokesConsent(tx, reach.rows);
  }

  /** Puts it on the rows, which the caller saves. It keeps the id of the wish. */
  putOn(reach: Reach, wish: EndedWish): RefusalEvent {
    const personId = speakerOf(reach.own);
    const revocation: RefusalEvent = {
      id: wish.id,
      kind: 'withdrawn',
      ...(personId === undefined ? {} : { personId }),
      ...(wish.scope.kind === 'group' ? {} : { scope: wish.scope }),
      purposes: [...wish.purposes],
      channels: [...wish.channels],
      at: wish.saidAt,
      recordedAt: this.time.at(reach.own.lockedAt),
    };
    for (const row of reach.rows) {
      for (const fact of namedFor(reach, row, withdrawalOf(revocation))) {
        row.facts.withdrawals = withFact(row.facts.withdrawals, fact);
      }
    }
    return revocation;
  }

  /** Adds it to the ledger; `eventId` is that of the release, which is its evidence. */
  async record(
    tx: Tx,
    reach: Reach,
    revocation: RefusalEvent,
    by: { actor: Pick<Actor, 'clientId'>; eventId: string },
  ): Promise<void> {
    await this.consents.insert(tx, {
      ...revocation,
      subjectId: reach.own.id,
      recordedBy: by.actor.clientId,
      eventId: by.eventId,
    });
  }
}
