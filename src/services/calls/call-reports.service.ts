import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { invalidMember } from '../../contracts/app-error';
import { slotAfter } from '../../domain/call/call-slot';
import { voidedAt } from '../../domain/call/call-state';
import { type Directive, directivesFor } from '../../domain/call/directives';
import { isRefusal, upshotOf } from '../../domain/call/duties';
import { judgeReport, type ReportedCall } from '../../domain/call/judge-report';
import type { Slot } from '../../domain/decision/facts';
import type { E164 } from '../../domain/phone/e164';
import { type Instant, SECOND } from '../../domain/time/instant';
import type { EffectFrame } from '../../platform/bus/effect-frame';
import { Database, type Tx } from '../../platform/database/database';
import { OneAtATime } from '../../platform/database/one-at-a-time';
import { EvidenceWriter } from '../../platform/evidence/evidence-writer';
import { readInstant } from '../../platform/http/instants';
import type { StoredCall } from '../decisions/call.reader';
import { SubjectsPort } from '../people/subjects.port';
import { confirmationOf } from '../people/wishes/confirmation';
import { CallDuties, channelsOf } from './call-duties';
import {
  CallReportsRepository,
  heardIn,
  type ReportTags,
  type StoredReport,
} from './call-reports.repository';
import { CallSituations, foldOf, type Situation } from './call-situations';
import type { CallReport } from './calls.dto';
import { type HeardReport, Hearing, recordOf } from './hearing';

const TOLERANCE = 5 * SECOND;

/** Reports of one call that are under way at once; a voice and its dialer have a few. */
const MOST_AT_ONCE = 64;

/** A report on its way into history. */
interface Taken {
  actor: Actor;
  report: CallReport;
  at: Instant;
  heard: HeardReport;
}

/**
 * Of a report whose sender hears no answer: what is to be done leaves by the way that the frame knows. Nobody could send
 * it again with a better time, so one from a clock that runs ahead counts as of now: a refusal binds whatever it says.
 */
export interface ReportFrame extends EffectFrame {
  /** The last of the transaction. */
  leave(tx: Tx, call: StoredCall, directives: readonly Directive[]): Promise<void>;
}

/**
 * Takes what became of a call: keeps it, moves the slot that the call holds, writes down what the customer's words
 * oblige us to, and answers with what the voice must do now — in one transaction under the subject's lock.
 */
@Injectable()
export class CallReportsService {
  private readonly lines = new OneAtATime(MOST_AT_ONCE);

  constructor(
    private readonly database: Database,
    private readonly situations: CallSituations,
    private readonly reports: CallReportsRepository,
    private readonly subjects: SubjectsPort,
    private readonly hearing: Hearing,
    private readonly duties: CallDuties,
    private readonly evidence: EvidenceWriter,
  ) {}

  /**
   * @throws AppError NOT_FOUND for a foreign call (RULINGS 25), INVALID for a time outside the call's life, RATE_LIMITED
   * for more reports of one call than anybody has.
   */
  async report(actor: Actor, callId: string, report: CallReport, frame?: ReportFrame): Promise<Directive[]> {
    return this.lines.run(callId, async () => {
      const tags = this.reports.tagsOf(report);
      const { call, taken: told } = await this.hear(actor, callId, report, tags);
      return this.database.transaction(async (tx) => {
        if (frame !== undefined && !(await frame.enter(tx))) return [];
        const situation = await this.situations.lock(tx, call, numberToBind(report, told.heard));
        const taken = frame === undefined ? told : { ...told, at: Math.min(told.at, situation.now) };
        checkTime(taken.at, situation);
        const known = await this.reports.find(tx, callId, tags);
        // The first answer may have been lost on its way, so the same report gets its directives again.
        const directives =
          known === undefined
            ? await this.take(tx, situation, taken, tags.tag)
            : await this.directives(tx, situation, taken);
        await frame?.leave(tx, call, directives);
        return directives;
      });
    });
  }

  /** Before anything is locked: whoever understands long words makes nobody wait. What is known is not heard twice. */
  private async hear(
    actor: Actor,
    callId: string,
    report: CallReport,
    tags: ReportTags,
  ): Promise<{ call: StoredCall; taken: Taken }> {
    const at = readInstant(report.at, '/at');
    const { call, reached, before } = await this.database.transaction(async (tx) => {
      const found = await this.situations.find(tx, actor, callId);
      const eventId = await this.reports.find(tx, callId, tags);
      const where = await this.hearing.reached(tx, found, report);
      if (eventId === undefined) return { call: found, reached: where };
      const stored = (await this.reports.ofCall(tx, callId)).find((other) => other.eventId === eventId);
      const again = stored === undefined ? undefined : await this.hearing.again(tx, stored, where);
      return { call: found, reached: where, ...(again === undefined ? {} : { before: again }) };
    });
    const heard = before ?? (await this.hearing.hear(call, report, at, reached));
    return { call, taken: { actor, report, at, heard } };
  }

  private async take(tx: Tx, situation: Situation, taken: Taken, dedupe: Buffer): Promise<Directive[]> {
    const { call, now } = situation;
    const { actor, report, at, heard } = taken;
    const ownClient = actor.clientId === call.clientId;
    const seconds = 'seconds' in report && report.seconds !== undefined ? { seconds: report.seconds } : {};
    const judged = judgeReport(
      reportedCall(situation),
      { type: report.type, at, ownClient, ...seconds },
      now,
    );
    if (upshotOf(heard.labels) === 'end' && heard.labels.some(isRefusal)) judged.flags.push('REFUSED');
    const [eventId = ''] = await this.evidence.record(tx, [evidenceOf(situation, taken, judged)]);
    const written = { ...judged, type: report.type, at, eventId, recordedAt: now, ...coded(taken) };
    const stored: StoredReport = { ...written, heard: heardIn(written) };
    await this.reports.append(tx, { ...stored, callId: call.callId, dedupe });
    const after: Situation = { ...situation, reports: [...situation.reports, stored] };
    await this.moveSlot(tx, after);
    const [person, ...others] = situation.whose;
    if (person !== undefined) {
      await this.duties.fulfil(tx, {
        ...taken,
        call,
        eventId,
        before: situation.reports,
        after: after.reports,
        whose: [person, ...others],
        spoken: spokenIn(situation, taken),
      });
    }
    return this.directives(tx, after, taken);
  }

  private async directives(tx: Tx, situation: Situation, taken: Taken): Promise<Directive[]> {
    const { report, heard } = taken;
    const { call } = situation;
    const confirmation = confirmationOf(
      { scope: { kind: 'group' }, channels: channelsOf(heard) },
      spokenIn(situation, taken),
    );
    return directivesFor(
      { type: report.type, labels: heard.labels, confirmation },
      foldOf(call, situation),
      report.type === 'answered' && (await this.situations.disclosureRequired(tx, call)),
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
      purpose: this.duties.purposeOf(call),
      decidedAt: call.decidedAt,
      expiresAt: call.expiresAt ?? call.decidedAt,
      // An allow whose slot was given back: what rang counts, and its token stays void.
      ...(call.outcome === 'allow' ? { voidedAt: now } : {}),
    };
  }
}

/**
 * The number that rang, of what may oblige us: it need not be the person's any more. The end of a call may, because who
 * asked for a person by then was left waiting.
 */
const numberToBind = (report: CallReport, { labels, reached }: HeardReport): E164 | undefined =>
  labels.length > 0 || report.type === 'ended' ? reached.number : undefined;

/**
 * The language of the customer's own words; else the one the customer chose, which no vendor learns; else that of the
 * number's country.
 */
function spokenIn(
  { whose: [person] }: Situation,
  { actor, heard }: Taken,
): { language?: string; country?: string } {
  const own = person?.reach.own;
  const chosen =
    actor.vendorId === undefined
      ? own?.facts.preferences.findLast((preference) => preference.language !== undefined)?.language
      : undefined;
  const language = heard.understood?.language ?? chosen;
  const { country } = heard.reached;
  return { ...(language === undefined ? {} : { language }), ...(country === undefined ? {} : { country }) };
}

/** Reports are of the time between the decision and now; five seconds are left to clocks (SHAPES, "Events"). */
function checkTime(at: Instant, { call, now }: Situation): void {
  if (at < call.decidedAt - TOLERANCE) {
    throw invalidMember('/at', 'This is before the call was decided.', 'OUT_OF_RANGE');
  }
  if (at > now + TOLERANCE) throw invalidMember('/at', 'This is in the future.', 'OUT_OF_RANGE');
}

function reportedCall(situation: Situation): ReportedCall {
  const { call, slot, reports } = situation;
  const withdrawnAt = voidedAt(foldOf(call, situation));
  return {
    outcome: call.outcome,
    ...(call.expiresAt === null ? {} : { expiresAt: call.expiresAt }),
    ...(slot === undefined
      ? {}
      : { slot: withdrawnAt === undefined ? slot : { ...slot, voidedAt: withdrawnAt } }),
    earlier: reports,
  };
}

/**
 * Only words of ours stand in clear; a cause in somebody's own words may name anybody and stays sealed, as does what the
 * customer said: its labels stand here.
 */
function coded({ report, heard }: Taken): { code: string | null; seconds: number | null } {
  const labels = report.type === 'transcript' && heard.labels.length > 0 ? heard.labels.join(' ') : null;
  return {
    code: 'kind' in report ? (report.kind ?? null) : labels,
    seconds: 'seconds' in report ? (report.seconds ?? null) : null,
  };
}

function evidenceOf(
  { call, whose: [person], now }: Situation,
  { actor, report, at, heard }: Taken,
  judged: { effective: boolean; flags: readonly string[] },
) {
  const own = person?.reach.own;
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
      heard: recordOf(heard),
      report,
    },
  };
}
