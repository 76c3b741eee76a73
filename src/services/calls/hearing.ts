import { Injectable } from '@nestjs/common';
import { isOptOutKey } from '../../domain/call/directives';
import { isLifeAtRisk } from '../../domain/call/life-at-risk';
import { namedTime } from '../../domain/call/named-time';
import type { Json } from '../../domain/ledger/canonical-json';
import type { E164 } from '../../domain/phone/e164';
import type { Heard, SpeechLabel } from '../../domain/recognition/labels';
import { RECOGNISER_VERSION } from '../../domain/recognition/version';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { readInstant } from '../../platform/http/instants';
import { CallReader, type StoredCall } from '../decisions/call.reader';
import { OpenedEventsReader } from '../people/opened-events.reader';
import { SettingsCache } from '../settings/settings-cache';
import type { StoredReport } from './call-reports.repository';
import type { CallReport } from './calls.dto';
import { hearText } from './hear-text';

const DEFAULT_OPT_OUT_KEY = '9';

/** What a report says of the customer's will. */
export interface HeardReport {
  /** The main thing first; none where nothing was said that obliges us. */
  labels: SpeechLabel[];
  /** Of words only: how they were understood, for the record. */
  understood?: Understood;
  /** The earliest next attempt that the person named. */
  until?: Instant;
  reached: ReachedNumber;
}

/** As it was understood now, or as the record of it says. */
type Understood = Pick<Heard<SpeechLabel>, 'language' | 'reach'> & Partial<Heard<SpeechLabel>>;

/** What the decision knew of where the call goes; nothing of it once the person is erased. */
export interface ReachedNumber {
  number?: E164;
  /** ISO 3166-1 alpha-2. */
  country?: string;
  /** Every clock the person may live by. */
  timeZones: string[];
}

/** Reports by which something may be written for whoever was reached. */
const TELLING: ReadonlySet<CallReport['type']> = new Set([
  'transcript',
  'refused',
  'dtmf',
  'human_requested',
  'ended',
] as const);

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
    private readonly events: OpenedEventsReader,
  ) {}

  /**
   * Takes its time for long words, so never under a lock. The same report is always heard alike.
   * @param reached Where the call goes, as `reached` read it.
   */
  async hear(
    call: StoredCall,
    report: CallReport,
    at: Instant,
    reached: ReachedNumber,
  ): Promise<HeardReport> {
    switch (report.type) {
      case 'transcript':
        return report.speaker === 'customer' ? words(report, at, reached) : NOTHING;
      case 'refused': {
        const kind = report.kind ?? 'refuse_permanent';
        const until = kind === 'refuse_now' ? readUntil(report.until, at) : undefined;
        return { labels: [kind], ...(until === undefined ? {} : { until }), reached };
      }
      case 'dtmf': {
        const key = this.settings.current().campaign(call.campaignId)?.optOutKey ?? DEFAULT_OPT_OUT_KEY;
        if (!isOptOutKey(report.digits, key)) return NOTHING;
        return { labels: ['refuse_permanent'], reached };
      }
      case 'human_requested':
        return { labels: ['human_request'], reached };
      case 'ended':
        return { labels: [], reached };
      default:
        return NOTHING;
    }
  }

  /** What was heard in a report when it came first. */
  async again(tx: Tx, stored: StoredReport, reached: ReachedNumber): Promise<HeardReport> {
    const labels = [...(stored.heard ?? [])];
    const event = await this.events.find(tx, stored.eventId);
    const understood = event?.payload?.['heard'] as Understood | undefined;
    return { labels, reached, ...(understood === undefined ? {} : { understood }) };
  }

  /** Where the call goes, for those reports in which the customer may be heard. */
  async reached(tx: Tx, call: StoredCall, { type }: CallReport): Promise<ReachedNumber> {
    if (!TELLING.has(type)) return NOWHERE;
    const payload = await this.calls.payload(tx, call);
    if (payload === undefined) return NOWHERE;
    const { number } = payload.facts.ask;
    return {
      ...(number.kind === 'valid' ? { number: number.e164, country: number.country } : {}),
      timeZones: [...new Set(payload.decision.candidates.map((candidate) => candidate.timeZone))],
    };
  }
}

async function words(
  report: CallReport & { type: 'transcript' },
  at: Instant,
  reached: ReachedNumber,
): Promise<HeardReport> {
  const understood = await hearText(report.text, {
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
