import type { Cooldown } from '../../../domain/decision/facts';
import { maskNumber } from '../../../domain/phone/mask-number';
import { writeInstant } from '../../../platform/http/instants';
import { maskRecord } from '../mask-record';
import type { OpenedEvent } from '../opened-events.reader';
import type { CallReport } from './call-reports.reader';
import type { ExportedCall, ExportedCooldown, ExportedReading } from './person-export.dto';

/** The members of a decision's sealed payload that an export shows; what the rules knew is in the dossier. */
interface SealedDecision {
  callId: string;
  decision: {
    outcome: string;
    reasons: { code: string; rule: string; detail: string; source: string; until?: number }[];
  };
  facts: {
    ask: { number: { kind: string; e164?: string }; personId?: string };
    campaign?: { id: string; entity: string; purpose: string; vendorId?: string };
  };
}

export const sealedDecision = (event: OpenedEvent): SealedDecision =>
  event.payload as unknown as SealedDecision;

/** Which wishes they were is in the list of wishes, where a word of somebody else's shows no more than that it binds. */
const SUPPRESSED = 'Asked not to be called.';

/** `shared`: to a number that several people have. Why it was refused there may be a word of any of them. */
export function callOf(
  event: OpenedEvent,
  reports: readonly CallReport[],
  { unmasked, shared }: { unmasked: boolean; shared: boolean },
): ExportedCall {
  const { callId, decision, facts } = sealedDecision(event);
  const { campaign } = facts;
  const number = facts.ask.number.e164 ?? '';
  return {
    callId,
    number: unmasked ? number : maskNumber(number),
    ...(campaign === undefined
      ? {}
      : { campaignId: campaign.id, entity: campaign.entity, purpose: campaign.purpose }),
    ...(campaign?.vendorId === undefined ? {} : { vendorId: campaign.vendorId }),
    decidedAt: writeInstant(event.at),
    outcome: decision.outcome,
    reasons: decision.reasons.map(({ code, rule, detail, source, until }) => ({
      code,
      rule,
      detail: shared ? 'Of a number that several people share.' : code === 'SUPPRESSED' ? SUPPRESSED : detail,
      source,
      ...(until === undefined ? {} : { until: writeInstant(until) }),
    })),
    events: reports.map(({ type, at }) => ({ type, at: writeInstant(at.getTime()) })),
  };
}

/** Of a record, of a call's dossier, or of what a call would be answered. */
export function readingOf({ type, at, clear, payload }: OpenedEvent): ExportedReading {
  const { what, clientId, unmasked } = clear;
  const by = (payload?.['actor'] ?? payload?.['reader']) as { name?: string } | undefined;
  const reason = payload?.['unmaskReason'];
  return {
    at: writeInstant(at),
    what: typeof what === 'string' ? what : type.replace(/\.v\d+$/, ''),
    ...(typeof clientId === 'string' ? { clientId } : {}),
    ...(typeof by?.name === 'string' ? { reader: by.name } : {}),
    unmasked: unmasked === true,
    ...(typeof reason === 'string' ? { unmaskReason: maskRecord(reason) as string } : {}),
  };
}

export function cooldownOf({ id, kind, at, until, campaignId }: Cooldown): ExportedCooldown {
  return {
    id,
    kind,
    at: writeInstant(at),
    ...(until === undefined ? {} : { until: writeInstant(until) }),
    ...(campaignId === undefined ? {} : { campaignId }),
  };
}
