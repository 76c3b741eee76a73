import { Injectable } from '@nestjs/common';
import { LABELLED } from '../../../domain/results/mapping';
import { talkedOn } from '../../../domain/results/talked-on';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { recordedActor } from '../../people/recorded-actor';
import { FindingsRepository, type FindingKind } from '../findings.repository';
import { VendorCallsReader } from '../vendor-calls.reader';
import type { PreparedResult } from './prepare-result';

/** Words of the vendor's that own up to a refusal. */
const OWNED_UP: ReadonlySet<string> = new Set(['refuse_permanent', 'wrong_person']);

/**
 * Refusals that the bot overheard, judged by the customer's own words only: the bot sold on after one, or the vendor
 * neither passed it on during the call nor says so now. Once a call and kind.
 */
@Injectable()
export class FindOverheard {
  constructor(
    private readonly findings: FindingsRepository,
    private readonly calls: VendorCallsReader,
    private readonly evidence: EvidenceWriter,
  ) {}

  /** The caller holds the lock of the person's rows, which `whose` is one of. */
  async find(
    tx: Tx,
    prepared: PreparedResult,
    on: { resultId: string; at: Instant; whose: { id: string; wrappingKey: Buffer } | undefined },
  ): Promise<FindingKind[]> {
    const { call, vendorId, actor, heard } = prepared;
    const { whose, at, resultId } = on;
    if (call === undefined || heard.refusedAt === undefined) return [];
    const found: FindingKind[] = [];
    for (const kind of await this.kindsIn(tx, prepared, heard.refusedAt, call.callId)) {
      if (await this.findings.isKnown(tx, call.callId, kind)) continue;
      const id = uuidV7(at);
      const ids = { findingId: id, kind, vendorId, callId: call.callId, resultId };
      const [eventId = ''] = await this.evidence.record(tx, [
        {
          type: 'vendor.finding_recorded.v1',
          at,
          ...(whose === undefined ? {} : { subject: { id: whose.id, wrappingKey: whose.wrappingKey } }),
          partitionKey: whose?.id ?? vendorId,
          clear: { ...ids, ...(whose === undefined ? {} : { subjectId: whose.id }) },
          payload: {
            ...ids,
            heard: heard.said,
            after: prepared.read.lines
              .slice(heard.refusedAt, heard.refusedAt + 20)
              .map((line) => ({ ...line })),
            actor: recordedActor(actor),
          },
        },
      ]);
      await this.findings.insert(tx, vendorId, {
        id,
        kind,
        callId: call.callId,
        resultId,
        foundAt: at,
        eventId,
      });
      found.push(kind);
    }
    return found;
  }

  private async kindsIn(
    tx: Tx,
    { read }: PreparedResult,
    refusedAt: number,
    callId: string,
  ): Promise<FindingKind[]> {
    const kinds: FindingKind[] = talkedOn(read.lines, refusedAt) ? ['talked_on'] : [];
    // Among words that nobody has mapped may be the one that says so: judged once they are.
    const unread =
      read.labels.some(({ kind, meanings }) => kind !== 'speaker' && meanings === undefined) ||
      LABELLED.some((kind) => read.faults.includes(kind));
    const ownedUp = read.labels.some(({ meanings = [] }) =>
      meanings.some((meaning) => OWNED_UP.has(meaning)),
    );
    if (unread || ownedUp || (await this.calls.told(tx, callId)).refused) return kinds;
    return ['refusal_not_reported', ...kinds];
  }
}
