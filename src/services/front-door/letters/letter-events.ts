import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import type { EventType } from '../../../contracts/topics';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';

/** What becomes of letters, as the record has it: where the record lay and why, never what it said. */
@Injectable()
export class LetterEvents {
  constructor(private readonly evidence: EvidenceWriter) {}

  async kept(
    tx: Tx,
    letter: {
      id: string;
      at: Instant;
      topic: string;
      partition: number;
      offset: string;
      parkedBehind: string | null;
      reason: string;
    },
  ): Promise<void> {
    const { id: letterId, at, parkedBehind, ...place } = letter;
    const clear = { letterId, parkedBehind: parkedBehind ?? undefined, ...place };
    await this.record(tx, 'inbound.letter_kept.v1', at, letterId, clear, clear);
  }

  async settled(
    tx: Tx,
    type: 'inbound.letter_replayed.v1' | 'inbound.letter_discarded.v1',
    letter: { id: string; at: Instant; actor: Actor; why?: string },
  ): Promise<void> {
    const { id: letterId, at, actor, why } = letter;
    const { clientId, kind, name } = actor;
    const clear = { letterId, by: clientId };
    await this.record(tx, type, at, letterId, clear, { letterId, by: { clientId, kind, name }, why });
  }

  private async record(
    tx: Tx,
    type: EventType,
    at: Instant,
    partitionKey: string,
    clear: { [member: string]: string | number | undefined },
    payload: Parameters<EvidenceWriter['record']>[1][number]['payload'],
  ): Promise<void> {
    await this.evidence.record(tx, [{ type, at, partitionKey, clear, payload }]);
  }
}
