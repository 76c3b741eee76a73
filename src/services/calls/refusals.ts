import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { isOptOutKey, type RefusalKind } from '../../domain/call/directives';
import type { Purpose } from '../../domain/decision/purpose';
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

  /** What the report was heard as; undefined where it is no refusal. */
  async hear(
    tx: Tx,
    actor: Actor,
    heard: { call: StoredCall; report: CallReport; at: Instant; eventId: string },
  ): Promise<RefusalKind | undefined> {
    const { call, report, at, eventId } = heard;
    const refusal = this.refusalIn(call, report);
    if (refusal === undefined || call.subjectId === null) return refusal;
    const target = { subjectId: call.subjectId };
    if (refusal === 'refuse_permanent') {
      await this.wishes.recordWish(tx, {
        target,
        source: 'customer',
        reason: report.type === 'dtmf' ? 'Pressed the opt-out key during a call.' : 'Refused during a call.',
        evidence: { callId: call.callId, eventId, at },
        actor,
      });
      return refusal;
    }
    const named = report.type === 'refused' && report.until !== undefined ? report.until : undefined;
    await this.wishes.recordCooldown(tx, target, {
      id: eventId,
      kind: refusal,
      at,
      campaignId: call.campaignId,
      ...(named === undefined ? {} : { until: readInstant(named, '/until') }),
    });
    return refusal;
  }

  purposeOf(call: StoredCall): Purpose {
    return this.settings.current().campaign(call.campaignId)?.purpose ?? 'marketing';
  }

  private refusalIn(call: StoredCall, report: CallReport): RefusalKind | undefined {
    if (report.type === 'refused') return report.kind ?? 'refuse_permanent';
    if (report.type !== 'dtmf') return undefined;
    const key = this.settings.current().campaign(call.campaignId)?.optOutKey ?? DEFAULT_OPT_OUT_KEY;
    return isOptOutKey(report.digits, key) ? 'refuse_permanent' : undefined;
  }
}
