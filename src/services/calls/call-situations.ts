import { Injectable } from '@nestjs/common';
import { type Actor, hasRole } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { CallStop, FoldedCall } from '../../domain/call/call-state';
import type { Slot } from '../../domain/decision/facts';
import type { E164 } from '../../domain/phone/e164';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { CallReader, type StoredCall } from '../decisions/call.reader';
import { CallStops } from '../decisions/stopping/call-stops';
import { type LockedSubject, SubjectsPort } from '../people/subjects.port';
import { lockWhose, rowsOfAll, type Whose } from '../people/whose-words';
import { CallReportsRepository, type StoredReport } from './call-reports.repository';

/** A call as it stands, its person's rows under lock. */
export interface Situation {
  call: StoredCall;
  /** Whom words of this call are written for, the person who was called first; nobody where the number is no person's. */
  whose: Whose[];
  /** Every row that those words reach. */
  rows: LockedSubject[];
  slot: Slot | undefined;
  reports: StoredReport[];
  /** Those that withdrew it. */
  stops: readonly CallStop[];
  now: Instant;
}

/** Finds calls for those who report of them. */
@Injectable()
export class CallSituations {
  constructor(
    private readonly calls: CallReader,
    private readonly reports: CallReportsRepository,
    private readonly subjects: SubjectsPort,
    private readonly stops: CallStops,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError NOT_FOUND, also for a foreign call (RULINGS 25). */
  async find(tx: Tx, actor: Actor, callId: string): Promise<StoredCall> {
    const call = await this.calls.find(tx, callId);
    if (call === undefined || !maySee(actor, call)) {
      throw new AppError('NOT_FOUND', { detail: 'There is no such call.' });
    }
    return call;
  }

  /** `number`: the one that rang, where what was said binds it. */
  async lock(tx: Tx, call: StoredCall, number: E164 | undefined): Promise<Situation> {
    const { subjectId } = call;
    const whose = subjectId === null ? [] : await lockWhose(this.subjects, tx, { subjectId, number });
    // Every row that holds this call's slot: a number that became a household's left a copy on both.
    const rows = rowsOfAll(whose);
    if (rows.length === 0) await this.reports.lockCall(tx, call.callId);
    const slot = rows.flatMap((row) => row.slots).find((candidate) => candidate.callId === call.callId);
    return {
      call,
      whose,
      rows,
      slot,
      reports: await this.reports.ofCall(tx, call.callId),
      stops: await this.stops.withdrawing(tx, call),
      now: this.time.at(rows[0]?.lockedAt ?? Date.now()),
    };
  }

  /** Without a lock: what the call has come to, as the last commit left it. */
  async read(
    tx: Tx,
    call: StoredCall,
  ): Promise<{ folded: FoldedCall; reports: StoredReport[]; now: Instant }> {
    const reports = await this.reports.ofCall(tx, call.callId);
    const { slot, now } = await this.calls.slot(tx, call);
    const stops = await this.stops.withdrawing(tx, call);
    return { folded: foldOf(call, { slot, reports, stops }), reports, now: this.time.at(now) };
  }

  /** The same of many calls, in one round trip. */
  async readAll(tx: Tx, callIds: readonly string[]): Promise<{ call: StoredCall; folded: FoldedCall }[]> {
    const [calls, reports, slots] = await Promise.all([
      this.calls.findAll(tx, callIds),
      this.reports.ofCalls(tx, callIds),
      this.calls.slots(tx, callIds),
    ]);
    const folded: { call: StoredCall; folded: FoldedCall }[] = [];
    for (const call of calls) {
      const [slot, told] = [slots.get(call.callId), reports.get(call.callId) ?? []];
      const stops = await this.stops.withdrawing(tx, call);
      folded.push({ call, folded: foldOf(call, { slot, reports: told, stops }) });
    }
    return folded;
  }

  /** Whether the call has to begin with the disclosure; taken to be so where the record is gone. */
  async disclosureRequired(tx: Tx, call: StoredCall): Promise<boolean> {
    if (call.outcome !== 'allow') return false;
    const payload = await this.calls.payload(tx, call);
    return payload?.decision.obligations?.aiDisclosure.required ?? true;
  }
}

/**
 * To a dialer the calls of its vendor are there, or those of no vendor where it is bound to none, and those that it was
 * itself allowed: an own dialer may place calls of a vendor's campaign. Whoever runs campaigns or carries calls sees all.
 */
export function maySee(actor: Actor, call: Pick<StoredCall, 'vendorId' | 'clientId'>): boolean {
  if (actor.vendorId !== undefined) return call.vendorId === actor.vendorId;
  if (hasRole(actor, 'marketing', 'compliance', 'auditor', 'carrier')) return true;
  return call.vendorId === null || call.clientId === actor.clientId;
}

export function foldOf(
  call: StoredCall,
  { slot, reports, stops }: Pick<Situation, 'slot' | 'reports' | 'stops'>,
): FoldedCall {
  return {
    outcome: call.outcome,
    ...(call.expiresAt === null ? {} : { expiresAt: call.expiresAt }),
    ...(slot === undefined ? {} : { slot }),
    reports,
    stops,
  };
}
