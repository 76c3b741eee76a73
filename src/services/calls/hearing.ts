import { Injectable } from '@nestjs/common';
import { isOptOutKey } from '../../domain/call/directives';
import { isLifeAtRisk } from '../../domain/call/life-at-risk';
import { namedTime } from '../../domain/call/named-time';
import type { Json } from '../../domain/ledger/canonical-json';
import type { E164 } from '../../domain/phone/e164';
import type { Heard, SpeechLabel } from '../../domain/recognition/labels';
import { recogniseSpeech } from '../../domain/recognition/recognise-speech';
import { RECOGNISER_VERSION } from '../../domain/recognition/version';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { readInstant } from '../../platform/http/instants';
import { CallReader, type StoredCall } from '../decisions/call.reader';
import { SettingsCache } from '../settings/settings-cache';
import type { CallReport } from './calls.dto';

const DEFAULT_OPT_OUT_KEY = '9';

/** What a report says of the customer's will. */
export interface HeardReport {
  /** The main thing first; none where nothing was said that obliges us. */
  labels: SpeechLabel[];
  /** Of words only: how they were understood, for the record. */
  understood?: Heard<SpeechLabel>;
  /** The earliest next attempt that the person named. */
  until?: Instant;
  reached: ReachedNumber;
}

/** What the decision knew of where the call goes; nothing of it once the person is erased. */
export interface ReachedNumber {
  number?: E164;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** Every clock the person may live by. */
  timeZones: string[];
}

const NOWHERE: ReachedNumber = { timeZones: [] };
const NOTHING: HeardReport = { labels: [], reached: NOWHERE };

/**
 * Hears the customer in what is reported of a call: a refusal by word, by key or as the voice understood it. The agent's
 * own speech says nothing about the customer's will. A telephone's assistant speaks for its owner.
 */
@Injectable()
export class Hearing {
  constructor(
    private readonly calls: CallReader,
    private readonly settings: SettingsCache,
  ) {}

  /** The same report is always heard alike. */
  async hear(tx: Tx, call: StoredCall, report: CallReport, at: Instant): Promise<HeardReport> {
    switch (report.type) {
      case 'transcript':
        return report.speaker === 'customer' ? this.words(tx, call, report, at) : NOTHING;
      case 'refused': {
        const kind = report.kind ?? 'refuse_permanent';
        const until = kind === 'refuse_now' ? readUntil(report.until, at) : undefined;
        return {
          labels: [kind],
          ...(until === undefined ? {} : { until }),
          reached: await this.reached(tx, call),
        };
      }
      case 'dtmf': {
        const key = this.settings.current().campaign(call.campaignId)?.optOutKey ?? DEFAULT_OPT_OUT_KEY;
        if (!isOptOutKey(report.digits, key)) return NOTHING;
        return { labels: ['refuse_permanent'], reached: await this.reached(tx, call) };
      }
      case 'human_requested':
        return { labels: ['human_request'], reached: await this.reached(tx, call) };
      case 'ended':
        return { labels: [], reached: await this.reached(tx, call) };
      default:
        return NOTHING;
    }
  }

  private async words(
    tx: Tx,
    call: StoredCall,
    report: CallReport & { type: 'transcript' },
    at: Instant,
  ): Promise<HeardReport> {
    const reached = await this.reached(tx, call);
    const understood = recogniseSpeech(report.text, {
      ...(reached.country === undefined ? {} : { country: reached.country }),
      ...(report.language === undefined ? {} : { language: report.language }),
    });
    const said = [understood.label, ...understood.also].filter((label) => label !== 'continue');
    // Whether asked for or not, a person takes over.
    if (said.includes('vulnerable') && isLifeAtRisk(report.text)) said.push('human_request');
    const until =
      understood.later === undefined ? undefined : namedTime(understood.later, at, reached.timeZones);
    return {
      labels: [...new Set(said)],
      understood,
      ...(until === undefined ? {} : { until }),
      reached,
    };
  }

  private async reached(tx: Tx, call: StoredCall): Promise<ReachedNumber> {
    const payload = await this.calls.payload(tx, call);
    if (payload === undefined) return NOWHERE;
    const { number } = payload.facts.ask;
    return {
      ...(number.kind === 'valid' ? { number: number.e164, country: number.country } : {}),
      timeZones: [...new Set(payload.decision.candidates.map((candidate) => candidate.timeZone))],
    };
  }
}

/** As the sealed record keeps it: what was understood, by which rules of which recogniser. */
export function recordOf({ understood }: HeardReport): { [member: string]: Json | undefined } | undefined {
  if (understood === undefined) return undefined;
  const { label, also, language, reach, later, rules } = understood;
  return {
    label,
    also,
    language,
    reach,
    later: later === undefined ? undefined : { ...later },
    rules,
    recogniser: RECOGNISER_VERSION,
  };
}

/** OPTOUT.md, `refuse_now`. A time that has passed names none: the refusal counts all the same, for its usual pause. */
function readUntil(text: string | undefined, at: Instant): Instant | undefined {
  const until = text === undefined ? undefined : readInstant(text, '/until');
  return until !== undefined && until > at ? until : undefined;
}
