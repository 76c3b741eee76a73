import { Injectable } from '@nestjs/common';
import { namedTime } from '../../../domain/call/named-time';
import { type Duties, dutiesOf } from '../../../domain/call/duties';
import type { Json } from '../../../domain/ledger/canonical-json';
import type { SpeechLabel } from '../../../domain/recognition/labels';
import { type Meaning, WORD_MEANINGS } from '../../../domain/results/mapping';
import { saidBy } from '../../../domain/results/proven-events';
import { type ReadLabel, type Telling, unreadIn } from '../../../domain/results/read-result';
import type { Instant } from '../../../domain/time/instant';
import { DatabaseTime } from '../../../platform/clock/database-time';
import type { Tx } from '../../../platform/database/database';
import { EvidenceWriter } from '../../../platform/evidence/evidence-writer';
import { uuidV7 } from '../../../platform/ids/uuid-v7';
import { recordedActor } from '../../people/recorded-actor';
import { type LockedSubject, SubjectsPort } from '../../people/subjects.port';
import { lockWhose, type Whose } from '../../people/whose-words';
import { ResultsRepository, type ResultState } from '../results.repository';
import { FindOverheard } from './find-overheard';
import { type Alarming, LabelAlarms } from './label-alarms';
import type { PreparedResult } from './prepare-result';
import { ResultDuties } from './result-duties';

/** A report that was received before, to be read again. */
export interface Earlier {
  resultId: string;
  eventId: string;
  attempt: number;
}

/** What a report has come to, for its sender and for those who watch. */
export interface AppliedResult {
  state: ResultState | 'duplicate';
  callId?: string;
  unmapped: readonly ReadLabel[];
  /** Members that may have told the customer's will and could not be read. */
  unread: readonly Telling[];
  alarms: number;
  findings: readonly string[];
}

/** Whose word a report is, their rows under lock. */
interface Known {
  whose: readonly [Whose, ...Whose[]];
  /** Whoever was called: the report stands in that record. */
  own: LockedSubject & { wrappingKey: Buffer };
}

/**
 * Everything that a report changes, in one transaction: the report itself, what it obliges us to, what counts against the
 * vendor, the work that unknown words make, and what it has come to.
 */
@Injectable()
export class ApplyResult {
  constructor(
    private readonly results: ResultsRepository,
    private readonly subjects: SubjectsPort,
    private readonly duties: ResultDuties,
    private readonly overheard: FindOverheard,
    private readonly alarms: LabelAlarms,
    private readonly evidence: EvidenceWriter,
    private readonly time: DatabaseTime,
  ) {}

  /** The same report twice is one: the second changes nothing. */
  async take(tx: Tx, prepared: PreparedResult): Promise<AppliedResult> {
    const { vendorId, read, row } = prepared;
    const tags = this.results.tagsOf(read.sessionId ?? '', row);
    await this.results.takeTurn(tx, vendorId, tags.session);
    if (await this.results.isKnown(tx, vendorId, tags)) {
      return { ...NOTHING_NEW, state: 'duplicate', ...callIdOf(prepared) };
    }
    const { known, at, gone } = await this.lock(tx, prepared);
    const resultId = uuidV7(at);
    const eventId = await this.record(tx, known, {
      type: 'result.received.v1',
      at,
      clear: { resultId, vendorId, ...(gone ? {} : callIdOf(prepared)) },
      payload: {
        resultId,
        vendorId,
        // Nothing is kept of the words of somebody who has been erased.
        row: gone ? null : row,
        actor: recordedActor(prepared.actor),
      },
    });
    await this.results.insert(tx, {
      id: resultId,
      vendorId,
      tags,
      receivedAt: at,
      receivedBy: prepared.actor.clientId,
      eventId,
    });
    return this.apply(tx, gone ? withoutCall(prepared) : prepared, {
      resultId,
      eventId,
      attempt: 1,
      at,
      known,
    });
  }

  /** Reads a report again that no mapping could read whole. */
  async again(tx: Tx, prepared: PreparedResult, earlier: Earlier): Promise<AppliedResult | undefined> {
    const { vendorId } = prepared;
    const tags = this.results.tagsOf(prepared.read.sessionId ?? '', prepared.row);
    await this.results.takeTurn(tx, vendorId, tags.session);
    const now = await this.results.find(tx, vendorId, earlier.resultId);
    // Somebody else has just done so.
    if (now?.attempt !== earlier.attempt) return undefined;
    const { known, at, gone } = await this.lock(tx, prepared);
    const attempt = earlier.attempt + 1;
    return this.apply(tx, gone ? withoutCall(prepared) : prepared, { ...earlier, attempt, at, known });
  }

  private async apply(
    tx: Tx,
    prepared: PreparedResult,
    on: Earlier & { at: Instant; known: Known | undefined },
  ): Promise<AppliedResult> {
    const { vendorId, read, call, actor } = prepared;
    const { resultId, eventId, at, known, attempt } = on;
    const told = obligingOf(prepared, on);
    const done = told === undefined ? [] : await this.duties.fulfil(tx, told);
    const unmapped = read.labels.filter(({ meanings }) => meanings === undefined);
    const findings = await this.overheard.find(tx, prepared, { resultId, at, whose: known?.own });
    const alarms = await this.alarms.raise(tx, {
      vendorId,
      labels: workIn(prepared, unmapped),
      resultId,
      eventId,
      at,
      actor,
    });
    const state = stateOf(prepared, unmapped);
    const outcome = {
      attempt,
      state,
      mappingVersion: prepared.mappingVersion,
      unmappedLabels: unmapped.length,
    };
    const appliedId = await this.record(tx, known, {
      type: 'result.applied.v1',
      at,
      clear: {
        resultId,
        vendorId,
        ...callIdOf(prepared),
        ...outcome,
        done: [...done],
        findings: [...findings],
      },
      payload: {
        resultId,
        received: eventId,
        vendorId,
        ...outcome,
        heard: prepared.heard.said,
        labels: read.labels.map(({ kind, text, meanings }) => ({ kind, text, meanings })),
        faults: read.faults,
        done: [...done],
        findings: [...findings],
        actor: recordedActor(actor),
      },
    });
    await this.results.appendOutcome(tx, {
      ...outcome,
      id: resultId,
      callId: call?.callId ?? null,
      faults: read.faults,
      recordedAt: at,
      eventId: appliedId,
    });
    return { state, ...callIdOf(prepared), unmapped, unread: unreadIn(read), alarms, findings };
  }

  /** The rows of whoever was called; of a report of no call of ours, of the number it names, where it obliges. */
  private async lock(
    tx: Tx,
    prepared: PreparedResult,
  ): Promise<{ known: Known | undefined; at: Instant; gone: boolean }> {
    const [person, ...others] = await this.lockTargets(tx, prepared);
    if (person === undefined) return { known: undefined, at: this.time.at(Date.now()), gone: false };
    const { own } = person.reach;
    const at = this.time.at(own.lockedAt);
    const { wrappingKey } = own;
    if (wrappingKey === null) return { known: undefined, at, gone: true };
    return { known: { whose: [person, ...others], own: { ...own, wrappingKey } }, at, gone: false };
  }

  private async lockTargets(tx: Tx, prepared: PreparedResult): Promise<Whose[]> {
    const { call, number, country } = prepared;
    if (call !== undefined) {
      const { subjectId } = call;
      return subjectId === null ? [] : lockWhose(this.subjects, tx, { subjectId, number });
    }
    if (number === undefined || !obliges(dutiesOf(labelsOf(prepared), country))) return [];
    return [{ target: { number }, reach: await this.subjects.lockReach(tx, { number }) }];
  }

  private async record(
    tx: Tx,
    known: Known | undefined,
    event: {
      type: string;
      at: Instant;
      clear: { vendorId: string } & { [member: string]: Json | undefined };
      payload: { [member: string]: Json | undefined };
    },
  ): Promise<string> {
    const { own } = known ?? {};
    const [eventId = ''] = await this.evidence.record(tx, [
      {
        ...event,
        ...(own === undefined ? {} : { subject: { id: own.id, wrappingKey: own.wrappingKey } }),
        partitionKey: own?.id ?? event.clear.vendorId,
        clear: { ...event.clear, ...(own === undefined ? {} : { subjectId: own.id }) },
      },
    ]);
    return eventId;
  }
}

const NOTHING_NEW = { unmapped: [], unread: [], alarms: 0, findings: [] } as const;

const callIdOf = ({ call }: PreparedResult): { callId?: string } =>
  call === undefined ? {} : { callId: call.callId };

/** As for a call that is not there: the person is no more. */
function withoutCall({ call: _, number: __, ...rest }: PreparedResult): PreparedResult {
  return { ...rest, row: null };
}

function stateOf({ call, read }: PreparedResult, unmapped: readonly unknown[]): ResultState {
  if (call === undefined) return 'unmatched';
  return unmapped.length === 0 && unreadIn(read).length === 0 ? 'applied' : 'unmapped';
}

/**
 * A report of no call of ours is work as well, and so is one that could not be read: one piece a vendor and member. They
 * come first, so that no flood of words hides them.
 */
const workIn = ({ call, read }: PreparedResult, unmapped: readonly ReadLabel[]): Alarming[] => [
  ...(call === undefined ? [{ kind: 'session' as const, text: '' }] : []),
  ...unreadIn(read).map((member) => ({ kind: 'fault' as const, text: member })),
  ...unmapped,
];

const isWord = (meaning: Meaning): meaning is SpeechLabel & Meaning =>
  meaning !== 'none' && (WORD_MEANINGS as readonly string[]).includes(meaning);

/** What the dialogue says and what the vendor's own words say: each is true whatever the other says. */
function labelsOf({ read, heard }: PreparedResult): SpeechLabel[] {
  const meant = read.labels.flatMap((label) => label.meanings ?? []).filter(isWord);
  return [...new Set([...heard.labels, ...meant])];
}

const obliges = ({ stop, pauses, wrongPerson, vulnerable, complaint }: Duties): boolean =>
  stop || pauses.length > 0 || wrongPerson || vulnerable || complaint;

function obligingOf(prepared: PreparedResult, on: Earlier & { at: Instant; known: Known | undefined }) {
  const { known, at, resultId, eventId } = on;
  if (known === undefined) return undefined;
  const { read, heard, call, number, country, vendorId, actor, timeZones } = prepared;
  const saidAt = saidBy(read, { decidedAt: call?.decidedAt ?? at, now: at });
  const named = heard.later
    .map((later) => namedTime(later, saidAt, timeZones))
    .filter((time) => time !== undefined);
  return {
    resultId,
    eventId,
    vendorId,
    whose: known.whose,
    ...(call === undefined ? {} : { call }),
    ...(number === undefined ? {} : { number }),
    ...(country === undefined ? {} : { country }),
    heard,
    labels: labelsOf(prepared),
    saidAt,
    ...(named.length === 0 ? {} : { until: Math.max(...named) }),
    at,
    actor,
  };
}
