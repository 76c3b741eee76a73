import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Slot } from '../../domain/decision/facts';
import { parseNumber } from '../../domain/phone/parse-number';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { OneAtATime } from '../../platform/database/one-at-a-time';
import { type EvidenceInput, EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { writeInstant } from '../../platform/http/instants';
import { SubjectsPort } from '../people/subjects.port';
import { dialledDigits } from './batch/ask-facts';
import { AuthorizationTokens } from './authorization-token';
import { CallReader, type StoredCall } from './call.reader';
import { CallStops } from './stopping/call-stops';
import type { RedeemBody } from './decisions.dto';

/** Settings change seldom; who meets more changes than this is told to ask again. */
const MOST_ROUNDS = 5;

/** Thrown to roll a redemption back and judge it again; never leaves this file. */
class SettingsChanged extends Error {}

/** A carrier that tries again does so a few times. */
const MOST_AT_ONCE = 16;

export type RedemptionRefusal = 'used' | 'late' | 'void' | 'mismatch';

/**
 * The carrier leg redeems a token once, for the number, campaign and caller id it was given for. A wish that committed
 * meanwhile has voided it (promise 2): the subject's row is locked here as in a decision.
 */
@Injectable()
export class RedemptionsService {
  private readonly lines = new OneAtATime(MOST_AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly tokens: AuthorizationTokens,
    private readonly calls: CallReader,
    private readonly subjects: SubjectsPort,
    private readonly evidence: EvidenceWriter,
    private readonly stops: CallStops,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError CONFLICT with `reason`: the call must not be connected. The attempt is on record all the same. */
  async redeem(actor: Actor, body: RedeemBody): Promise<{ callId: string; redeemedAt: string }> {
    const claims = this.tokens.read(body.token);
    const number = parseNumber(body.to);
    if (claims === undefined || number.kind !== 'valid') throw refused('mismatch');
    const redeemInTx = async (tx: Tx): Promise<Instant | RedemptionRefusal> => {
      const call = await this.calls.find(tx, claims.jti);
      if (call === undefined || call.subjectId === null) return 'mismatch';
      const bind = this.tokens.bind(number.e164, call.campaignId, dialledDigits(body.callerId));
      return this.redeemOnRow(tx, actor, { ...call, subjectId: call.subjectId }, bind === claims.bind);
    };
    const outcome = await this.lines.run(claims.jti, () => this.underPresentSettings(redeemInTx));
    if (typeof outcome === 'string') throw refused(outcome);
    return { callId: claims.jti, redeemedAt: writeInstant(outcome) };
  }

  /** A pause or a stop that committed while the row's lock was awaited binds, too. */
  private async underPresentSettings<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      try {
        return await this.database.transaction(work, 'redemptions');
      } catch (error) {
        if (!(error instanceof SettingsChanged)) throw error;
        await this.stops.refresh();
      }
    }
    throw new AppError('DECISION_UNAVAILABLE', { detail: 'Settings kept changing meanwhile: ask again.' });
  }

  /** The moment of redemption, or why there is none. */
  private async redeemOnRow(
    tx: Tx,
    actor: Actor,
    call: StoredCall & { subjectId: string },
    matches: boolean,
  ): Promise<Instant | RedemptionRefusal> {
    const [row] = await this.subjects.lock(tx, [call.subjectId]);
    if (row === undefined || row.wrappingKey === null) return 'void';
    const now = this.time.at(row.lockedAt);
    const slot = row.slots.find((candidate) => candidate.callId === call.callId);
    if (!(await this.stops.isCurrent(tx))) throw new SettingsChanged();
    const withdrawn = await this.stops.isWithdrawn(tx, call);
    const refusal = matches ? (whyRefused(slot, now) ?? (withdrawn ? 'void' : undefined)) : 'mismatch';
    const subject = { id: row.id, wrappingKey: row.wrappingKey };
    await this.evidence.record(tx, [evidenceOf(actor, call, subject, now, refusal)]);
    if (refusal !== undefined) return refusal;
    const slots = row.slots.map((other) =>
      other.callId === call.callId ? { ...other, redeemedAt: now } : other,
    );
    await this.subjects.saveSlots(tx, row.id, slots);
    return now;
  }
}

function evidenceOf(
  actor: Actor,
  call: StoredCall,
  subject: { id: string; wrappingKey: Buffer },
  at: Instant,
  refusal: RedemptionRefusal | undefined,
): EvidenceInput {
  const reason = refusal === undefined ? {} : { reason: refusal };
  return {
    type: refusal === undefined ? 'call.redeemed.v1' : 'call.redemption_refused.v1',
    at,
    subject,
    partitionKey: subject.id,
    clear: { callId: call.callId, campaignId: call.campaignId, subjectId: subject.id, ...reason },
    payload: {
      at,
      by: { clientId: actor.clientId, kind: actor.kind, name: actor.name },
      callId: call.callId,
      ...reason,
    },
  };
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
