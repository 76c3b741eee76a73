import { Injectable } from '@nestjs/common';
import { createHash } from 'node:crypto';
import type { Actor } from '../../contracts/actor';
import { AppError, invalidMember } from '../../contracts/app-error';
import { slotAfter } from '../../domain/call/call-slot';
import { type Directive, directivesFor } from '../../domain/call/directives';
import { judgeReport, type ReportedCall } from '../../domain/call/judge-report';
import type { Slot } from '../../domain/decision/facts';
import { canonicalJson } from '../../domain/ledger/canonical-json';
import { type Instant, SECOND } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { readInstant } from '../../platform/http/instants';
import { CallReader, type StoredCall } from '../decisions/call.reader';
import { type LockedSubject, SubjectsPort } from '../people/subjects.port';
import { CallReportsRepository, type StoredReport } from './call-reports.repository';
import type { CallReport } from './calls.dto';
import { Refusals } from './refusals';

const TOLERANCE = 5 * SECOND;

interface Situation {
  call: StoredCall;
  rows: LockedSubject[];
  slot: Slot | undefined;
  reports: StoredReport[];
  now: Instant;
}

/**
 * Takes what became of a call: keeps it, moves the slot that the call holds, writes down a refusal, and answers with
 * what the voice must do now — in one transaction under the subject's lock.
 */
@Injectable()
export class CallReportsService {
  constructor(
    private readonly database: Database,
    private readonly calls: CallReader,
    private readonly reports: CallReportsRepository,
    private readonly subjects: SubjectsPort,
    private readonly refusals: Refusals,
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
  ) {}

  /** @throws AppError NOT_FOUND for a foreign call (RULINGS 25), INVALID for a time outside the call's life. */
  async report(actor: Actor, callId: string, report: CallReport): Promise<Directive[]> {
    return this.database.transaction(async (tx) => {
      const situation = await this.situation(tx, actor, callId);
      const at = readInstant(report.at, '/at');
      checkTime(at, situation);
      const dedupe = dedupeOf(report);
      const known = await this.reports.isKnown(tx, situation.call.callId, dedupe);
      // The first answer may have been lost on its way, so the same report gets its directives again.
      if (known) return this.directives(tx, situation, report);
      return this.take(tx, actor, situation, { report, at, dedupe });
    });
  }

  private async situation(tx: Tx, actor: Actor, callId: string): Promise<Situation> {
    const call = await this.calls.find(tx, callId);
    if (call === undefined || (actor.vendorId !== undefined && call.vendorId !== actor.vendorId)) {
      throw new AppError('NOT_FOUND', { detail: 'There is no such call.' });
    }
    // Every row that holds this call's slot: a number that became a household's left a copy on both.
    const rows =
      call.subjectId === null ? [] : (await this.subjects.lockReach(tx, { subjectId: call.subjectId })).rows;
    if (rows.length === 0) await this.reports.lockCall(tx, call.callId);
    const slot = rows.flatMap((row) => row.slots).find((candidate) => candidate.callId === call.callId);
    return {
      call,
      rows,
      slot,
      reports: await this.reports.ofCall(tx, call.callId),
      now: this.time.at(rows[0]?.lockedAt ?? Date.now()),
    };
  }

  private async take(
    tx: Tx,
    actor: Actor,
    situation: Situation,
    taken: { report: CallReport; at: Instant; dedupe: Buffer },
  ): Promise<Directive[]> {
    const { call, now } = situation;
    const { report, at } = taken;
    const ownClient = actor.clientId === call.clientId;
    const seconds = 'seconds' in report && report.seconds !== undefined ? { seconds: report.seconds } : {};
    const heard = { type: report.type, at, ownClient, ...seconds };
    const judged = judgeReport(reportedCall(situation), heard, now);
    if (this.refusals.refusalIn(call, report) !== undefined) judged.flags.push('REFUSED');
    const [eventId = ''] = await this.evidence.record(tx, [evidenceOf(actor, situation, taken, judged)]);
    const stored: StoredReport = {
      ...judged,
      type: report.type,
      at,
      eventId,
      recordedAt: now,
      ...coded(report),
    };
    await this.reports.append(tx, { ...stored, callId: call.callId, dedupe: taken.dedupe });
    const after: Situation = { ...situation, reports: [...situation.reports, stored] };
    await this.moveSlot(tx, after);
    await this.refusals.hear(tx, actor, { call, report, at, eventId });
    return this.directives(tx, after, report);
  }

  private async directives(tx: Tx, situation: Situation, report: CallReport): Promise<Directive[]> {
    const refusal = this.refusals.refusalIn(situation.call, report);
    return directivesFor(
      { type: report.type, ...(refusal === undefined ? {} : { refusal }) },
      foldable(situation),
      await this.disclosureRequired(tx, situation.call, report),
    );
  }

  /** The slot follows from all reports that took effect, whatever their order (RULINGS 5). */
  private async moveSlot(tx: Tx, situation: Situation): Promise<void> {
    const base = situation.slot ?? this.slotOfUnauthorized(situation);
    if (base === undefined) return;
    const slot = slotAfter(base, situation.reports);
    for (const row of situation.rows) {
      const others = row.slots.filter((other) => other.callId !== base.callId);
      const held = others.length < row.slots.length || situation.slot === undefined;
      if (held) await this.subjects.saveSlots(tx, row.id, slot === undefined ? others : [...others, slot]);
    }
  }

  /** A call that was refused and placed all the same counts: the phone rang (RULINGS 5). */
  private slotOfUnauthorized({ call, reports, now }: Situation): Slot | undefined {
    const rang = reports.some((report) => report.effective && report.flags.includes('UNAUTHORIZED_CALL'));
    if (!rang) return undefined;
    return {
      callId: call.callId,
      campaignId: call.campaignId,
      purpose: this.refusals.purposeOf(call),
      decidedAt: call.decidedAt,
      expiresAt: call.expiresAt ?? call.decidedAt,
      // An allow whose slot was given back: what rang counts, and its token stays void.
      ...(call.outcome === 'allow' ? { voidedAt: now } : {}),
    };
  }

  private async disclosureRequired(tx: Tx, call: StoredCall, report: CallReport): Promise<boolean> {
    if (report.type !== 'answered' || call.outcome !== 'allow') return false;
    const payload = await this.calls.payload(tx, call);
    return payload?.decision.obligations?.aiDisclosure.required ?? true;
  }
}

/** Reports are of the time between the decision and now; five seconds are left to clocks (SHAPES, "Events"). */
function checkTime(at: Instant, { call, now }: Situation): void {
  if (at < call.decidedAt - TOLERANCE) {
    throw invalidMember('/at', 'This is before the call was decided.', 'OUT_OF_RANGE');
  }
  if (at > now + TOLERANCE) throw invalidMember('/at', 'This is in the future.', 'OUT_OF_RANGE');
}

/**
 * The same report twice is one. Its own `eventId` is part of the body: an id used again for something else is another
 * report, so that a refusal can never hide behind the number of an event before it.
 */
const dedupeOf = (report: CallReport): Buffer =>
  createHash('sha256').update(canonicalJson(report), 'utf8').digest();

function reportedCall({ call, slot, reports }: Situation): ReportedCall {
  return {
    outcome: call.outcome,
    ...(call.expiresAt === null ? {} : { expiresAt: call.expiresAt }),
    ...(slot === undefined ? {} : { slot }),
    earlier: reports,
  };
}

function foldable({ call, slot, reports }: Situation) {
  return {
    outcome: call.outcome,
    ...(call.expiresAt === null ? {} : { expiresAt: call.expiresAt }),
    ...(slot === undefined ? {} : { slot }),
    reports,
  };
}

/** Only words of ours stand in clear; a cause in somebody's own words may name anybody and stays sealed. */
function coded(report: CallReport): { code: string | null; seconds: number | null } {
  return {
    code: 'kind' in report ? (report.kind ?? null) : null,
    seconds: 'seconds' in report ? (report.seconds ?? null) : null,
  };
}

function evidenceOf(
  actor: Actor,
  { call, rows, now }: Situation,
  { report, at }: { report: CallReport; at: Instant },
  judged: { effective: boolean; flags: readonly string[] },
) {
  const own = rows.find((row) => row.id === call.subjectId) ?? rows[0];
  const known = own?.wrappingKey != null ? { id: own.id, wrappingKey: own.wrappingKey } : undefined;
  return {
    type: `call.${report.type}.v1`,
    at: now,
    ...(known === undefined ? {} : { subject: known }),
    partitionKey: known?.id ?? call.callId,
    clear: {
      callId: call.callId,
      campaignId: call.campaignId,
      at,
      effective: judged.effective,
      flags: [...judged.flags],
      ...(call.vendorId === null ? {} : { vendorId: call.vendorId }),
      ...(known === undefined ? {} : { subjectId: known.id }),
    },
    payload: {
      by: { clientId: actor.clientId, kind: actor.kind, name: actor.name },
      callId: call.callId,
      effective: judged.effective,
      flags: [...judged.flags],
      report,
    },
  };
}
