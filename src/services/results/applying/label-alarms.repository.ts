import { createHmac } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { derivedKey } from '../../../platform/keys/derived-key';
import { Keyring } from '../../../platform/keys/keyring';

/** Words of vendors that nobody has mapped yet. A word may be anything, so only a keyed hash of it is stored. */
@Injectable()
export class LabelAlarmsRepository {
  private readonly key: Buffer;

  constructor(keyring: Keyring) {
    this.key = derivedKey(keyring.answerKey, 'results/labels/v1');
  }

  tagOf({ kind, text }: { kind: string; text: string }): Buffer {
    return createHmac('sha256', this.key).update(`${kind}\n${text}`, 'utf8').digest();
  }

  /** One report at a time says that a word is unknown. */
  async takeTurn(tx: Tx, vendorId: string, tag: Buffer): Promise<void> {
    await tx.query({
      name: 'result-label-turn',
      text: 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))',
      values: [`result-label\n${vendorId}\n${tag.toString('hex')}`],
    });
  }

  /** The flag of this word that waits for somebody. */
  async openFor(tx: Tx, vendorId: string, tag: Buffer): Promise<string | undefined> {
    const rows = await tx.query<{ flagId: string }>({
      name: 'result-label-open',
      text: `
SELECT a.flag_id AS "flagId" FROM vendor_label_alarms a
WHERE a.vendor_id = $1 AND a.label_tag = $2
  AND NOT EXISTS (SELECT FROM flag_resolutions r WHERE r.flag_id = a.flag_id) LIMIT 1`,
      values: [vendorId, tag],
    });
    return rows[0]?.flagId;
  }

  /** Whatever of a vendor's words still waits for somebody. */
  async open(tx: Tx, vendorId: string): Promise<{ flagId: string; tag: Buffer }[]> {
    return tx.query({
      name: 'result-labels-open',
      text: `
SELECT a.flag_id AS "flagId", a.label_tag AS tag FROM vendor_label_alarms a
WHERE a.vendor_id = $1 AND NOT EXISTS (SELECT FROM flag_resolutions r WHERE r.flag_id = a.flag_id)
ORDER BY a.flag_id`,
      values: [vendorId],
    });
  }

  async insert(
    tx: Tx,
    alarm: {
      flagId: string;
      vendorId: string;
      tag: Buffer;
      kind: string;
      eventId: string;
      raisedAt: Instant;
    },
  ): Promise<void> {
    await tx.query({
      name: 'result-alarm-insert',
      text: `
INSERT INTO vendor_label_alarms (flag_id, vendor_id, label_tag, kind, event_id, raised_at)
VALUES ($1, $2, $3, $4, $5, $6)`,
      values: [alarm.flagId, alarm.vendorId, alarm.tag, alarm.kind, alarm.eventId, new Date(alarm.raisedAt)],
    });
  }
}
