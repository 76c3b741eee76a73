import { isBackdated } from '../../../domain/consent/consent-fold';
import type { CurrentConsent, StandingRefusal } from '../../../domain/consent/current-consents';
import type { WishScope } from '../../../domain/decision/facts';
import type { Instant } from '../../../domain/time/instant';
import { writeInstant } from '../../../platform/http/instants';
import type { ConsentEventAnswer, ConsentsAnswer, DoNotAsk } from './consents.dto';
import type { StoredConsentEvent } from './consents.repository';
import { isLate } from './record-consent';

export function currentAnswer({ grant, purposes, channels, except }: CurrentConsent): CurrentAnswer {
  const { id, personId, scope, attributes, at, expiresAt } = grant;
  return {
    id,
    ...(personId === undefined ? {} : { personId }),
    scope,
    purposes,
    channels,
    ...(except.length === 0 ? {} : { except }),
    attributes,
    grantedAt: writeInstant(at),
    ...(expiresAt === undefined ? {} : { expiresAt: writeInstant(expiresAt) }),
    backdated: isBackdated(grant),
  };
}

export function refusalAnswer(
  { refusal, purposes, channels, except }: StandingRefusal,
  askAgainFrom: Instant,
): DoNotAsk {
  const { id, personId, scope, at } = refusal;
  return {
    id,
    ...(personId === undefined ? {} : { personId }),
    scope: scope ?? GROUP,
    purposes,
    channels,
    ...(except.length === 0 ? {} : { except }),
    at: writeInstant(at),
    askAgainFrom: writeAskAgain(askAgainFrom),
  };
}

export function eventAnswer(event: StoredConsentEvent): ConsentEventAnswer {
  const { id, receiptId, kind, personId, scope, purposes, channels, at, recordedAt, recordedBy } = event;
  const grant = event.kind === 'granted' ? event : undefined;
  const consentId = event.kind === 'granted' ? undefined : event.consentId;
  return {
    id,
    ...(receiptId === undefined ? {} : { receiptId }),
    kind,
    ...(personId === undefined ? {} : { personId }),
    ...(scope === undefined ? {} : { scope }),
    purposes,
    channels,
    ...(grant === undefined ? {} : { attributes: grant.attributes }),
    at: writeInstant(at),
    ...(grant?.expiresAt === undefined ? {} : { expiresAt: writeInstant(grant.expiresAt) }),
    recordedAt: writeInstant(recordedAt),
    ...(consentId === undefined ? {} : { consentId }),
    recordedBy,
    backDated: isLate(at, recordedAt),
    backdated: isBackdated(event),
  };
}

export const writeAskAgain = (at: Instant): string | null => (at === Infinity ? null : writeInstant(at));

export const GROUP: WishScope = { kind: 'group' };

type CurrentAnswer = ConsentsAnswer['current'][number];
