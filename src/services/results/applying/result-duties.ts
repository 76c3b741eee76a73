import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../contracts/actor';
import { dutiesOf, type Pause } from '../../../domain/call/duties';
import type { WishSource } from '../../../domain/decision/facts';
import { CHANNELS, type Purpose, WISH_DEFAULT_PURPOSES } from '../../../domain/decision/purpose';
import type { E164 } from '../../../domain/phone/e164';
import type { SpeechLabel } from '../../../domain/recognition/labels';
import { WRONG_PERSON_PURPOSES } from '../../../domain/suppression/wrong-person';
import type { Instant } from '../../../domain/time/instant';
import type { Tx } from '../../../platform/database/database';
import type { StoredCall } from '../../decisions/call.reader';
import { writeInstant } from '../../../platform/http/instants';
import { type FlagKind, FlagsPort } from '../../flags/flags.port';
import { OwnWordsPort, type Reach, WishesPort } from '../../people/subjects.port';
import type { Whose } from '../../people/whose-words';
import { SettingsCache } from '../../settings/settings-cache';
import { ResultsRepository } from '../results.repository';
import type { HeardDialogue } from './hear-dialogue';

/** A report whose words oblige us, the person's rows under lock. */
export interface ObligingResult {
  resultId: string;
  /** The event that holds the report. */
  eventId: string;
  vendorId: string;
  /** Whom it is written for: whoever was called, and the number that rang where it has become another's. */
  whose: readonly [Whose, ...Whose[]];
  /** Absent where the report is of no call of ours: what it says is then taken for the number that it names. */
  call?: StoredCall;
  number?: E164;
  country?: string;
  heard: HeardDialogue;
  /** What the dialogue says and what the vendor's own words say. */
  labels: readonly SpeechLabel[];
  /** The latest moment at which it can have been said. */
  saidAt: Instant;
  /** The earliest next attempt that was named. */
  until?: Instant;
  at: Instant;
  actor: Actor;
}

const STOP = 'stop';

/**
 * Writes down what a late report obliges us to. Each duty is its own fact and is done once a call, in however many
 * reports and words it comes: a refusal is one whatever the grade beside it says.
 */
@Injectable()
export class ResultDuties {
  constructor(
    private readonly wishes: WishesPort,
    private readonly words: OwnWordsPort,
    private readonly flags: FlagsPort,
    private readonly results: ResultsRepository,
    private readonly settings: SettingsCache,
  ) {}

  /** What was done now, by name. */
  async fulfil(tx: Tx, told: ObligingResult): Promise<string[]> {
    const duties = dutiesOf(told.labels, told.country);
    const done: string[] = [];
    const once = async (effect: string, work: () => Promise<void>): Promise<void> => {
      if (!(await this.results.begin(tx, told, effect))) return;
      await work();
      done.push(effect);
    };
    if (duties.vulnerable) await once('vulnerable', () => this.care(tx, told, 'vulnerable', 'vulnerable'));
    if (duties.complaint) await once('complaint', () => this.care(tx, told, 'complaint', 'complaint_threat'));
    for (const kind of duties.pauses) {
      const pause = pauseOf(told, kind);
      await once(pause.effect, () => this.pause(tx, told, pause));
    }
    if (duties.wrongPerson) await once('wrong_person', () => this.stranger(tx, told));
    // The stranger's number is suppressed already; but who merely was called one may be the customer, and has refused.
    const strangers = told.heard.onlyStranger && told.number !== undefined && told.call !== undefined;
    const wider = duties.stop && !strangers ? await this.refusedNow(tx, told) : undefined;
    if (wider !== undefined) await once(wider, () => this.stop(tx, told));
    return done;
  }

  /** By what it covers, so that a later report may widen it; undefined where everything was refused before. */
  private async refusedNow(tx: Tx, told: ObligingResult): Promise<string | undefined> {
    const { channels } = told.heard;
    if (channels.length === CHANNELS.length) return STOP;
    return (await this.results.isDone(tx, told, STOP)) ? undefined : `${STOP}/${channels.join('+')}`;
  }

  private async stop(tx: Tx, told: ObligingResult): Promise<void> {
    const { saidAt, actor } = told;
    for (const { target } of told.whose) {
      const wish = await this.wishes.recordWish(tx, {
        ...this.word(told),
        target,
        source: 'customer',
        // The person's own words may be narrower than everything; what a vendor makes of them never is.
        channels: told.heard.channels,
        purposes: this.refusedPurposes(told.call),
        reason: 'Refused during a call, as was reported after it.',
      });
      // Who asked to be called again after this call is not stopped by a report that comes late.
      await this.words.settleOptOut(tx, { target, saidAt, eventId: wish.eventId, actor }, wish);
    }
  }

  private async pause(
    tx: Tx,
    told: ObligingResult,
    { kind, until, effect }: ReturnType<typeof pauseOf>,
  ): Promise<void> {
    for (const { target } of told.whose) {
      await this.wishes.recordCooldown(tx, target, {
        id: `${told.eventId}/${effect}`,
        kind,
        at: told.saidAt,
        ...(told.call === undefined ? {} : { campaignId: told.call.campaignId }),
        ...(until === undefined ? {} : { until }),
      });
    }
  }

  private async stranger(tx: Tx, told: ObligingResult): Promise<void> {
    const { number } = told;
    const [person] = told.whose;
    const wish = await this.wishes.recordWish(tx, {
      ...this.word(told),
      target: number === undefined ? person.target : { number },
      source: 'wrong_person',
      purposes: WRONG_PERSON_PURPOSES,
      reason: 'Whoever answered is not the customer, as was reported after the call.',
    });
    await this.flag(tx, told, person.reach, { kind: 'wrong_person', suppressionId: wish.id });
  }

  private async care(
    tx: Tx,
    told: ObligingResult,
    source: WishSource & ('vulnerable' | 'complaint'),
    kind: FlagKind,
  ): Promise<void> {
    for (const { target, reach } of told.whose) {
      const wish = await this.wishes.recordWish(tx, {
        ...this.word(told),
        target,
        source,
        reason:
          source === 'vulnerable'
            ? 'Not to be sold anything until a person has looked.'
            : 'Threatened or made a complaint: paused while it is open.',
      });
      await this.flag(tx, told, reach, { kind, suppressionId: wish.id });
    }
  }

  /** The words themselves are in the record of whoever was called, and in no other's. */
  private async flag(
    tx: Tx,
    told: ObligingResult,
    { own }: Reach,
    work: { kind: FlagKind; suppressionId: string },
  ): Promise<void> {
    const { call, vendorId, eventId, resultId, heard, labels, actor } = told;
    const wordsHere = own.id === told.whose[0].reach.own.id;
    await this.flags.raise(tx, {
      ...work,
      subjectId: own.id,
      ...(call === undefined ? {} : { callId: call.callId }),
      vendorId,
      causeEventId: eventId,
      detail: { resultId, labels: [...labels], ...(wordsHere ? { said: heard.said } : {}) },
      actor,
    });
  }

  /** Who says stop during a call means this kind of call as well; warnings of fraud and danger are never given up so. */
  private refusedPurposes(call: StoredCall | undefined): Purpose[] {
    const purpose =
      call === undefined ? undefined : this.settings.current().campaign(call.campaignId)?.purpose;
    const kept = purpose === undefined || purpose === 'fraud_alert' || purpose === 'emergency';
    return [...new Set<Purpose>([...WISH_DEFAULT_PURPOSES, ...(kept ? [] : [purpose])])];
  }

  private word({ call, resultId, eventId, vendorId, saidAt, country, actor }: ObligingResult) {
    return {
      evidence: {
        ...(call === undefined ? {} : { callId: call.callId }),
        resultId,
        eventId,
        vendorId,
        at: saidAt,
      },
      spoken: country === undefined ? {} : { country },
      actor,
    };
  }
}

/** A time that is named only in a later report is a pause of its own: neither shortens the other. */
function pauseOf(told: ObligingResult, kind: Pause): { kind: Pause; until?: Instant; effect: string } {
  if (kind !== 'refuse_now' || told.until === undefined) return { kind, effect: kind };
  return { kind, until: told.until, effect: `${kind}/${writeInstant(told.until)}` };
}
