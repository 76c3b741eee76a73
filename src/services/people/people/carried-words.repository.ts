import { Injectable } from '@nestjs/common';
import type { Wish } from '../../../domain/decision/facts';
import type { Tx } from '../../../platform/database/database';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import type { CarriedWord } from './number-moves';

/** Copies keep the time at which the word was said, because consents are weighed against it (RULINGS 19). */
@Injectable()
export class CarriedWordsRepository {
  async insert(
    tx: Tx,
    carried: readonly { word: CarriedWord; ownerId: string; eventId: string }[],
    clientId: string,
  ): Promise<void> {
    for (const { word, ownerId, eventId } of carried) {
      if (word.kind === 'wish') await this.insertWish(tx, { word, ownerId, eventId }, clientId);
      else await this.insertPreference(tx, { word, ownerId, eventId }, clientId);
    }
  }

  private async insertWish(
    tx: Tx,
    carried: { word: CarriedWord; ownerId: string; eventId: string },
    clientId: string,
  ): Promise<void> {
    const wish = carried.word.word as Wish;
    await tx.query({
      name: 'people-carry-wish',
      text: `
INSERT INTO suppressions (id, receipt_id, subject_id, scope_kind, scope_id, channels, purposes, source, recorded_at,
  until, recorded_by, event_id, carried_from)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
      values: [
        wish.id,
        uuidV7(wish.recordedAt),
        carried.ownerId,
        wish.scope.kind,
        wish.scope.kind === 'group' ? null : wish.scope.id,
        wish.channels,
        wish.purposes,
        wish.source,
        new Date(wish.recordedAt),
        wish.until === undefined ? null : new Date(wish.until),
        clientId,
        carried.eventId,
        carried.word.from,
      ],
    });
  }

  private async insertPreference(
    tx: Tx,
    carried: { word: CarriedWord; ownerId: string; eventId: string },
    clientId: string,
  ): Promise<void> {
    const { id, recordedAt } = carried.word.word;
    await tx.query({
      name: 'people-carry-preference',
      text: `
INSERT INTO preferences (id, receipt_id, subject_id, recorded_at, recorded_by, event_id, carried_from)
VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      values: [
        id,
        uuidV7(recordedAt),
        carried.ownerId,
        new Date(recordedAt),
        clientId,
        carried.eventId,
        carried.word.from,
      ],
    });
  }
}
