import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Slot } from '../../domain/decision/facts';
import { parseNumber } from '../../domain/phone/parse-number';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { writeInstant } from '../../platform/http/instants';
import type { Settings } from '../settings/settings';
import { SettingsCache } from '../settings/settings-cache';
import { SubjectsPort } from '../people/subjects.port';
import { dialledDigits } from './batch/ask-facts';
import { AuthorizationTokens } from './authorization-token';
import { CallReader, type StoredCall } from './call.reader';
import type { RedeemBody } from './decisions.dto';

export type RedemptionRefusal = 'used' | 'late' | 'void' | 'mismatch';

/**
 * The carrier leg redeems a token once, for the number, campaign and caller id it was given for. A wish that committed
 * meanwhile has voided it (promise 2): the subject's row is locked here as in a decision.
 */
@Injectable()
export class RedemptionsService {
  constructor(
    private readonly database: Database,
    private readonly tokens: AuthorizationTokens,
    private readonly calls: CallReader,
    private readonly subjects: SubjectsPort,
    private readonly settings: SettingsCache,
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError CONFLICT with `reason`: the call must not be connected. */
  async redeem(actor: Actor, body: RedeemBody): Promise<{ callId: string; redeemedAt: string }> {
    const claims = this.tokens.read(body.token);
    const number = parseNumber(body.to);
    if (claims === undefined || number.kind !== 'valid') throw refused('mismatch');
    // As fresh as the guard has just made them for this request.
    const settings = this.settings.current();
    return this.database.transaction(async (tx) => {
      const call = await this.calls.find(tx, claims.jti);
      if (call === undefined || call.subjectId === null) throw refused('mismatch');
      const bind = this.tokens.bind(number.e164, call.campaignId, dialledDigits(body.callerId));
      if (bind !== claims.bind) throw refused('mismatch');
      const redeemedAt = await this.redeemOnRow(tx, actor, { ...call, subjectId: call.subjectId }, settings);
      return { callId: call.callId, redeemedAt: writeInstant(redeemedAt) };
    });
  }

  private async redeemOnRow(
    tx: Tx,
    actor: Actor,
    call: StoredCall & { subjectId: string },
    settings: Settings,
  ): Promise<Instant> {
    const [row] = await this.subjects.lock(tx, [call.subjectId]);
    if (row === undefined || row.wrappingKey === null) throw refused('void');
    const now = this.time.at(row.lockedAt);
    const slot = row.slots.find((candidate) => candidate.callId === call.callId);
    const running = settings.campaign(call.campaignId)?.state === 'running';
    const refusal = running ? whyRefused(slot, now) : 'void';
    if (slot === undefined || refusal !== undefined) throw refused(refusal ?? 'void');
    await this.subjects.saveSlots(
      tx,
      row.id,
      row.slots.map((other) => (other === slot ? { ...slot, redeemedAt: now } : other)),
    );
    await this.evidence.record(tx, [
      {
        type: 'call.redeemed.v1',
        at: now,
        subject: { id: row.id, wrappingKey: row.wrappingKey },
        partitionKey: row.id,
        clear: { callId: call.callId, campaignId: call.campaignId, subjectId: row.id },
        payload: {
          callId: call.callId,
          redeemedAt: now,
          by: { clientId: actor.clientId, kind: actor.kind, name: actor.name },
        },
      },
    ]);
    return now;
  }
}

/** A slot that was given back (`not_placed`) is void: nobody may use its token after all. */
function whyRefused(slot: Slot | undefined, now: Instant): RedemptionRefusal | undefined {
  if (slot === undefined || slot.voidedAt !== undefined) return 'void';
  // A call that ended, as its dialer says, was this token's one call, redeemed or not.
  if (slot.redeemedAt !== undefined || slot.endedAt !== undefined) return 'used';
  if (now >= slot.expiresAt) return 'late';
  return undefined;
}

const refused = (reason: RedemptionRefusal): AppError =>
  new AppError('CONFLICT', {
    detail: `This token cannot be redeemed: ${reason}. Do not connect the call.`,
    members: { reason },
  });
