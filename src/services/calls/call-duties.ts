import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { dutiesOf, type Pause } from '../../domain/call/duties';
import type { Slot, WishSource } from '../../domain/decision/facts';
import { type Channel, CHANNELS, type Purpose, WISH_DEFAULT_PURPOSES } from '../../domain/decision/purpose';
import type { SpeechLabel } from '../../domain/recognition/labels';
import { WRONG_PERSON_PURPOSES } from '../../domain/suppression/wrong-person';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import type { StoredCall } from '../decisions/call.reader';
import { type FlagKind, FlagsPort } from '../flags/flags.port';
import { PreferencesPort } from '../people/preferences/preferences.port';
import { OwnWordsPort, type Reach, SubjectsPort, WishesPort, type WordTarget } from '../people/subjects.port';
import type { Whose } from '../people/whose-words';
import { SettingsCache } from '../settings/settings-cache';
import type { StoredReport } from './call-reports.repository';
import type { CallReport } from './calls.dto';
import type { HeardReport } from './hearing';

/** A report that has just been written down, and what was heard in it. */
export interface HeardInCall {
  call: StoredCall;
  report: CallReport;
  at: Instant;
  eventId: string;
  heard: HeardReport;
  /** Of the call, in order of arrival; `after` holds this one, too. */
  before: readonly StoredReport[];
  after: readonly StoredReport[];
  whose: readonly [Whose, ...Whose[]];
  spoken: { language?: string; country?: string };
  actor: Actor;
}

/**
 * Writes down what the customer's words oblige us to, in the transaction of the report: each is its own fact, so that no
 * mapping of dispositions can lose it. It is the person's word, whoever passed it on.
 */
@Injectable()
export class CallDuties {
  constructor(
    private readonly wishes: WishesPort,
    private readonly ownWords: OwnWordsPort,
    private readonly subjects: SubjectsPort,
    private readonly preferences: PreferencesPort,
    private readonly flags: FlagsPort,
    private readonly settings: SettingsCache,
  ) {}

  /** Nothing where nothing was said that obliges us. The order is that of OPTOUT.md: what stops contact comes last. */
  async fulfil(tx: Tx, told: HeardInCall): Promise<void> {
    const duties = dutiesOf(told.heard.labels, told.heard.reached.country);
    if (duties.vulnerable) await this.care(tx, told, 'vulnerable', 'vulnerable');
    if (duties.complaint) await this.care(tx, told, 'complaint', 'complaint_threat');
    for (const kind of duties.pauses) {
      await this.pause(tx, told, kind, duties.pauses.length === 1 ? told.eventId : `${told.eventId}/${kind}`);
    }
    if (duties.wrongPerson) await this.stranger(tx, told);
    if (duties.stop) await this.stop(tx, told, duties.wrongPerson);
    if (isLeftWaiting(told.after) && !isLeftWaiting(told.before)) await this.onlyPersons(tx, told);
  }

  /** Who says stop during a call means this kind of call as well; warnings of fraud and danger are never given up so. */
  refusedPurposes(call: StoredCall): Purpose[] {
    const purpose = this.purposeOf(call);
    const kept = purpose === 'fraud_alert' || purpose === 'emergency';
    return [...new Set<Purpose>([...WISH_DEFAULT_PURPOSES, ...(kept ? [] : [purpose])])];
  }

  purposeOf(call: StoredCall): Purpose {
    return this.settings.current().campaign(call.campaignId)?.purpose ?? 'marketing';
  }

  private async pause(
    tx: Tx,
    { call, at, heard, whose }: HeardInCall,
    kind: Pause,
    id: string,
  ): Promise<void> {
    const until = kind === 'refuse_now' ? heard.until : undefined;
    for (const { target } of whose) {
      await this.wishes.recordCooldown(tx, target, {
        id,
        kind,
        at,
        campaignId: call.campaignId,
        ...(until === undefined ? {} : { until }),
      });
    }
  }

  /** A stranger's refusal is the word of whoever has this number, and says nothing of the customer's others. */
  private async stop(tx: Tx, told: HeardInCall, stranger: boolean): Promise<void> {
    const { call, report, at, eventId, heard, actor } = told;
    const { number } = heard.reached;
    // The stranger's number is suppressed already, for more than a refusal would be.
    if (stranger && number !== undefined) return;
    for (const { target } of told.whose) {
      const wish = await this.wishes.recordWish(tx, {
        ...this.word(told),
        target,
        source: 'customer',
        channels: channelsOf(heard),
        purposes: this.refusedPurposes(call),
        reason: report.type === 'dtmf' ? 'Pressed the opt-out key during a call.' : 'Refused during a call.',
      });
      // A report may come late: whoever asked to be called again after saying so is.
      await this.ownWords.settleOptOut(tx, { target, saidAt: at, eventId, actor }, wish);
    }
  }

  /** The number and nothing else, and somebody looks whether it is still the customer's. */
  private async stranger(tx: Tx, told: HeardInCall): Promise<void> {
    const [person, rang = person] = told.whose;
    if (isKnown(told, rang, 'wrong_person', 'wrong_person')) return;
    const { number } = told.heard.reached;
    const target: WordTarget = number === undefined ? person.target : { number };
    const wish = await this.wishes.recordWish(tx, {
      ...this.word(told),
      target,
      source: 'wrong_person',
      purposes: WRONG_PERSON_PURPOSES,
      reason: 'Whoever answered is not the customer.',
    });
    await this.flag(tx, told, person.reach, { kind: 'wrong_person', suppressionId: wish.id });
  }

  /** No marketing until a person has looked. The call itself ends or goes to a person by its directives. */
  private async care(
    tx: Tx,
    told: HeardInCall,
    source: WishSource & ('vulnerable' | 'complaint'),
    kind: 'vulnerable' | 'complaint_threat',
  ): Promise<void> {
    const { call } = told;
    for (const each of told.whose) {
      if (isKnown(told, each, kind, source)) continue;
      const { target } = each;
      const held = await this.heldSlot(tx, target, call);
      const wish = await this.wishes.recordWish(tx, {
        ...this.word(told),
        target,
        source,
        reason:
          source === 'vulnerable'
            ? 'Not to be sold anything until a person has looked.'
            : 'Threatened or made a complaint: paused while it is open.',
      });
      if (held?.voidedAt === undefined) await this.letGoOn(tx, target, call);
      await this.flag(tx, told, each.reach, { kind, suppressionId: wish.id });
    }
  }

  private async heldSlot(tx: Tx, target: WordTarget, call: StoredCall): Promise<Slot | undefined> {
    const { rows } = await this.subjects.lockReach(tx, target);
    return rows.flatMap((row) => row.slots).find((slot) => slot.callId === call.callId);
  }

  /** The call in which it was said may be handed to a person: what was written voids all others, not this one. */
  private async letGoOn(tx: Tx, target: WordTarget, call: StoredCall): Promise<void> {
    const { rows } = await this.subjects.lockReach(tx, target);
    for (const row of rows) {
      if (!row.slots.some((slot) => slot.callId === call.callId && slot.voidedAt !== undefined)) continue;
      const slots = row.slots.map((slot) => {
        if (slot.callId !== call.callId) return slot;
        const { voidedAt: _, ...open } = slot;
        return open;
      });
      await this.subjects.saveSlots(tx, row.id, slots);
    }
  }

  /** Who asked for a person and was not put through is called back by a person only (OPTOUT.md, `human_request`). */
  private async onlyPersons(tx: Tx, { whose, actor }: HeardInCall): Promise<void> {
    for (const { target } of whose) {
      await this.preferences.record(tx, { target, narrowing: { noAiVoice: true }, actor });
    }
  }

  /** The words themselves are in the record of the person who was called, and in no other's. */
  private async flag(
    tx: Tx,
    told: HeardInCall,
    { own }: Reach,
    work: { kind: FlagKind; suppressionId: string },
  ): Promise<void> {
    const { call, report, heard, eventId, actor } = told;
    const wordsHere = own.id === told.whose[0].reach.own.id;
    await this.flags.raise(tx, {
      ...work,
      subjectId: own.id,
      callId: call.callId,
      ...(call.vendorId === null ? {} : { vendorId: call.vendorId }),
      causeEventId: eventId,
      detail: {
        labels: [...heard.labels],
        rules: [...(heard.understood?.rules ?? [])],
        ...(wordsHere && 'text' in report ? { text: report.text } : {}),
      },
      actor,
    });
  }

  private word({ call, at, eventId, spoken, actor }: HeardInCall) {
    return { evidence: { callId: call.callId, eventId, at }, spoken, actor };
  }
}

/** As far as the person's own words reach. */
export function channelsOf({ understood }: Pick<HeardReport, 'understood'>): Channel[] {
  if (understood?.reach === 'sms') return ['sms'];
  return understood?.reach === 'voice' ? ['voice_ai', 'voice_human'] : [...CHANNELS];
}

/** Said before in this call, and still suppressed because of it: said again it is no second piece of work. */
function isKnown(
  { before, call }: HeardInCall,
  { reach }: Whose,
  label: SpeechLabel,
  source: WishSource,
): boolean {
  return (
    before.some((report) => report.heard?.includes(label)) &&
    reach.rows.some((row) =>
      row.facts.wishes.some((wish) => wish.source === source && wish.recordedAt >= call.decidedAt),
    )
  );
}

function isLeftWaiting(reports: readonly StoredReport[]): boolean {
  const told = reports.filter((report) => report.effective);
  return (
    told.some((report) => report.heard?.includes('human_request')) &&
    told.some((report) => report.type === 'ended') &&
    !told.some((report) => report.type === 'transferred')
  );
}
