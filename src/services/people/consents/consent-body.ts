import type { Actor } from '../../../contracts/actor';
import { invalidMember } from '../../../contracts/app-error';
import type { ConsentGrant } from '../../../domain/decision/facts';
import { WISH_DEFAULT_PURPOSES } from '../../../domain/decision/purpose';
import { readInstant } from '../../../platform/http/instants';
import type { Settings } from '../../settings/settings';
import { readEvidence } from '../shapes';
import { readScope } from '../wishes/wish-body';
import { readTarget } from '../word-target';
import type { ConsentBody, RefusedConsentBody, WithdrawConsentBody } from './consents.dto';
import type { ConsentInput } from './record-consent';
import type { WithdrawalInput } from './withdraw-consent';

/** A consent to the whole group has nothing to name; grants keep an id all the same, so that all have one shape. */
const GROUP = 'group';

/** What the body means. @throws AppError INVALID */
export function readConsent(
  body: ConsentBody,
  actor: Actor,
  known: { settings: Settings; defaultEntity: string | undefined },
): ConsentInput {
  const grantedAt = readInstant(body.grantedAt, '/grantedAt');
  const expiresAt = body.expiresAt === undefined ? undefined : readInstant(body.expiresAt, '/expiresAt');
  if (expiresAt !== undefined && expiresAt <= grantedAt) {
    throw invalidMember('/expiresAt', 'Must be later than grantedAt.', 'ORDER');
  }
  return {
    target: readTarget(body),
    scope: readGrantScope(body.scope, known),
    purposes: body.purposes,
    channels: body.channels,
    attributes: body.attributes,
    grantedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    evidence: body.evidence,
    actor,
  };
}

export function readWithdrawal(body: WithdrawConsentBody, actor: Actor): WithdrawalInput {
  return { ...readTakenBack(body, actor), kind: 'withdrawn' };
}

/** What is asked for is asked for marketing, so a "no" that names no purpose says no to that. */
export function readRefusal(body: RefusedConsentBody, actor: Actor): WithdrawalInput {
  return { purposes: WISH_DEFAULT_PURPOSES, ...readTakenBack(body, actor), kind: 'refused' };
}

function readTakenBack(
  body: WithdrawConsentBody | RefusedConsentBody,
  actor: Actor,
): Omit<WithdrawalInput, 'kind'> {
  return {
    target: readTarget(body),
    scope: readScope(body.scope),
    ...(body.purposes === undefined ? {} : { purposes: body.purposes }),
    ...(body.channels === undefined ? {} : { channels: body.channels }),
    ...(body.at === undefined ? {} : { at: readInstant(body.at, '/at') }),
    ...(body.method === undefined ? {} : { method: body.method }),
    ...(body.evidence === undefined ? {} : { evidence: readEvidence(body.evidence) }),
    actor,
  };
}

function readGrantScope(
  scope: ConsentBody['scope'],
  known: { settings: Settings; defaultEntity: string | undefined },
): ConsentGrant['scope'] {
  if (scope?.kind === 'group') {
    if (scope.id === undefined) return { kind: 'group', id: GROUP };
    throw invalidMember('/scope/id', 'The whole group has no id.');
  }
  const id = scope === undefined ? known.defaultEntity : scope.id;
  if (id === undefined) {
    throw invalidMember(scope === undefined ? '/scope' : '/scope/id', 'Name the entity.', 'REQUIRED');
  }
  if (known.settings.entity(id) === undefined) {
    throw invalidMember(scope === undefined ? '/scope' : '/scope/id', 'There is no such entity.', 'UNKNOWN');
  }
  return { kind: 'entity', id };
}
