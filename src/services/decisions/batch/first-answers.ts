import { Injectable } from '@nestjs/common';
import { AppError } from '../../../contracts/app-error';
import type { Slot } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import { Database, type Tx } from '../../../platform/database/database';
import { CallReader } from '../call.reader';
import { CallStops } from '../stopping/call-stops';
import {
  AnsweredBefore,
  formerRequestHash,
  type MadeDecision,
  type PendingDecision,
} from './pending-decision';

/**
 * The same key and body answers the same while the authorization lives; a retry never resurrects one that ended
 * (RULINGS 7). Answers are rebuilt from the record, not stored a second time.
 */
@Injectable()
export class FirstAnswers {
  constructor(
    private readonly database: Database,
    private readonly calls: CallReader,
    private readonly stops: CallStops,
    private readonly time: DatabaseTime,
  ) {}

  /** Answers of those questions whose key was used before; the others are not in the result. */
  async find(open: ReadonlyMap<number, PendingDecision>): Promise<Map<number, MadeDecision | Error>> {
    const found = new Map<number, MadeDecision | Error>();
    // Nothing checks the version of the settings where nothing is written, so they are asked for.
    await this.stops.refresh();
    await this.database.transaction(async (tx) => {
      for (const [index, pending] of open) {
        const answer = await this.firstAnswer(tx, pending);
        if (answer !== undefined) found.set(index, answer);
      }
    }, 'decisions');
    return found;
  }

  private async firstAnswer(tx: Tx, pending: PendingDecision): Promise<MadeDecision | Error | undefined> {
    if (pending.event !== undefined) {
      const { hash, request } = pending.event;
      const answered = await this.calls.findByKey(tx, pending.actor.clientId, hash);
      if (answered !== undefined)
        return answered.request.equals(request) ? new AnsweredBefore() : otherRequest();
    }
    if (pending.key === undefined) return undefined;
    const first = await this.calls.findByKey(tx, pending.actor.clientId, pending.key.hash);
    if (first === undefined) return undefined;
    const hashes = [pending.key.request, formerRequestHash(pending.bodyText)];
    if (!hashes.some((hash) => first.request.equals(hash))) {
      return otherRequest();
    }
    const call = await this.calls.find(tx, first.callId);
    const payload = call === undefined ? undefined : await this.calls.payload(tx, call);
    if (call === undefined || payload === undefined) {
      return new AppError('RECORD_ERASED', { detail: 'The first answer has been erased with the person.' });
    }
    if (call.outcome === 'allow') {
      const { slot, now } = await this.calls.slot(tx, call);
      const withdrawn = await this.stops.isWithdrawn(tx, call);
      const ended = whyEnded(slot, this.time.at(now)) ?? (withdrawn ? 'was withdrawn' : undefined);
      if (ended !== undefined) {
        return new AppError('AUTHORIZATION_ENDED', {
          detail: `The authorization of this call ${ended}. A new call needs a new id.`,
          members: { callId: call.callId },
        });
      }
    }
    return {
      callId: call.callId,
      repeated: true,
      decidedAt: call.decidedAt,
      decision: payload.decision,
      policyVersion: call.policyVersion,
    };
  }
}

const otherRequest = (): AppError =>
  new AppError('IDEMPOTENCY_MISMATCH', { detail: 'This key was used with another request.' });

/** Why the authorization behind a slot no longer lives; undefined while it does. */
export function whyEnded(slot: Slot | undefined, now: Instant): string | undefined {
  if (slot === undefined) return 'was given back';
  if (slot.voidedAt !== undefined) return 'was withdrawn';
  if (slot.redeemedAt !== undefined) return 'has been used';
  if (slot.placedAt !== undefined || slot.endedAt !== undefined) return 'has been used';
  if (now >= slot.expiresAt) return 'has expired';
  return undefined;
}
