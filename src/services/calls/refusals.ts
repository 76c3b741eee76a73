import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { invalidMember } from '../../contracts/app-error';
import { isOptOutKey, type RefusalKind } from '../../domain/call/directives';
import { type Purpose, WISH_DEFAULT_PURPOSES } from '../../domain/decision/purpose';
import type { Instant } from '../../domain/time/instant';
import type { Tx } from '../../platform/database/database';
import { readInstant } from '../../platform/http/instants';
import type { StoredCall } from '../decisions/call.reader';
import { WishesPort } from '../people/subjects.port';
import { SettingsCache } from '../settings/settings-cache';
import type { CallReport } from './calls.dto';

const DEFAULT_OPT_OUT_KEY = '9';

/**
 * Hears a refusal in what is reported of a call and writes it down in the same transaction: the opt-out is its own
 * fact, so that no mapping of dispositions can lose it. It is the person's word, whoever passed it on.
 */
@Injectable()
export class Refusals {
  constructor(
    private readonly wishes: WishesPort,
    private readonly settings: SettingsCache,
  ) {}

  /** Writes down what was heard; nothing where it is no refusal. */
  async hear(
    tx: Tx,
    actor: Actor,
    heard: { call: StoredCall; report: CallReport; at: Instant; eventId: string },
  ): Promise<void> {
    const { call, report, at, eventId } = heard;
    const refusal = this.refusalIn(call, report);
    if (refusal === undefined || call.subjectId === null) return;
    const target = { subjectId: call.subjectId };
    if (refusal === 'refuse_permanent') {
      await this.wishes.recordWish(tx, {
        target,
        source: 'customer',
        purposes: this.refusedPurposes(call),
        reason: report.type === 'dtmf' ? 'Pressed the opt-out key during a call.' : 'Refused during a call.',
        evidence: { callId: call.callId, eventId, at },
        actor,
      });
      return;
    }
    const until = refusal === 'refuse_now' ? namedTime(report, at) : undefined;
    await this.wishes.recordCooldown(tx, target, {
      id: eventId,
      kind: refusal,
      at,
      campaignId: call.campaignId,
      ...(until === undefined ? {} : { until }),
    });
  }

  purposeOf(call: StoredCall): Purpose {
    return this.settings.current().campaign(call.campaignId)?.purpose ?? 'marketing';
  }

  /** What the report is heard as; undefined where it is no refusal. */
  refusalIn(call: StoredCall, report: CallReport): RefusalKind | undefined {
    if (report.type === 'refused') return report.kind ?? 'refuse_permanent';
    if (report.type !== 'dtmf') return undefined;
    const key = this.settings.current().campaign(call.campaignId)?.optOutKey ?? DEFAULT_OPT_OUT_KEY;
    return isOptOutKey(report.digits, key) ? 'refuse_permanent' : undefined;
  }

  /** Who says stop during a call means this kind of call as well; warnings of fraud and danger are never given up so. */
  private refusedPurposes(call: StoredCall): Purpose[] {
    const purpose = this.purposeOf(call);
    const kept = purpose === 'fraud_alert' || purpose === 'emergency';
    return [...new Set<Purpose>([...WISH_DEFAULT_PURPOSES, ...(kept ? [] : [purpose])])];
  }
}

/** The earliest next attempt that the person named (OPTOUT.md, `refuse_now`). @throws AppError for one in the past. */
function namedTime(report: CallReport, at: Instant): Instant | undefined {
  if (report.type !== 'refused' || report.until === undefined) return undefined;
  const until = readInstant(report.until, '/until');
  if (until <= at)
    throw invalidMember('/until', 'The time that was named must be later than the call.', 'OUT_OF_RANGE');
  return until;
}
