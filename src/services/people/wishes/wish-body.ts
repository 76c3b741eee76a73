import type { Actor, Role } from '../../../contracts/actor';
import { AppError, invalidMember } from '../../../contracts/app-error';
import type { WishScope, WishSource } from '../../../domain/decision/facts';
import { type Purpose, WISH_DEFAULT_PURPOSES } from '../../../domain/decision/purpose';
import { WRONG_PERSON_PURPOSES } from '../../../domain/suppression/wrong-person';
import type { Instant } from '../../../domain/time/instant';
import { readInstant } from '../../../platform/http/instants';
import type { FlagKind } from '../../flags/flags.port';
import { readEvidence } from '../shapes';
import type { WishInput } from '../subjects.port';
import { readTarget } from '../word-target';
import type { SuppressionBody } from './suppressions.dto';

/** What each role hears itself. A source is lifted by different people, so nobody names one that is not its own. */
const SOURCES_OF_ROLE: Readonly<Partial<Record<Role, readonly WishSource[]>>> = {
  dialer: ['customer', 'wrong_person'],
  care: ['customer', 'wrong_person', 'vulnerable', 'complaint'],
  marketing: ['customer', 'wrong_person', 'complaint', 'import'],
  carrier: ['customer', 'carrier_signal'],
  compliance: ['customer', 'wrong_person', 'vulnerable', 'complaint', 'officer', 'import', 'carrier_signal'],
};

/** What such a word demands at least, whoever passes it on, and the work that it makes (OPTOUT.md). */
interface Matter {
  purposes: readonly Purpose[];
  flag: FlagKind;
}
const MATTERS: Readonly<Partial<Record<WishSource, Matter>>> = {
  wrong_person: { purposes: WRONG_PERSON_PURPOSES, flag: 'wrong_person' },
  vulnerable: { purposes: WISH_DEFAULT_PURPOSES, flag: 'vulnerable' },
  complaint: { purposes: WISH_DEFAULT_PURPOSES, flag: 'complaint_threat' },
};

/** What somebody with `compliance` has to look at; undefined where a wish makes no work. */
export const flagOf = (source: WishSource): FlagKind | undefined => MATTERS[source]?.flag;

/** What the body means. @throws AppError INVALID, FORBIDDEN for a source that the role does not hear. */
export function readWish(body: SuppressionBody, actor: Actor, now: Instant): WishInput {
  const source = sourceOf(body.source ?? 'customer', actor);
  const purposes = purposesOf(source, body.purposes);
  return {
    target: readTarget(body),
    scope: readScope(body.scope),
    ...(body.channels === undefined ? {} : { channels: body.channels }),
    ...(purposes === undefined ? {} : { purposes }),
    source,
    reason: body.reason,
    ...(body.evidence === undefined ? {} : { evidence: readEvidence(body.evidence) }),
    ...(body.until === undefined ? {} : { until: readUntil(body.until, now) }),
    actor,
  };
}

/** Those named, and no fewer than the matter demands. */
function purposesOf(
  source: WishSource,
  named: readonly Purpose[] | undefined,
): readonly Purpose[] | undefined {
  const least = MATTERS[source]?.purposes;
  return least === undefined ? named : [...new Set([...least, ...(named ?? [])])];
}

function sourceOf(source: WishSource, actor: Actor): WishSource {
  const allowed = actor.roles.some((role) => SOURCES_OF_ROLE[role]?.includes(source));
  if (allowed) return source;
  throw new AppError('FORBIDDEN', { detail: `This role does not record wishes of the source ${source}.` });
}

/** As it was named; whether there is such a thing is seen when the wish is recorded (`WishScopes`). */
export function readScope(scope: SuppressionBody['scope']): WishScope {
  if (scope === undefined) return { kind: 'group' };
  const { kind, id } = scope;
  if (kind === 'group') {
    if (id === undefined) return { kind };
    throw invalidMember('/scope/id', 'The whole group has no id.');
  }
  if (id === undefined) throw invalidMember('/scope/id', `Name the ${kind}.`, 'REQUIRED');
  return { kind, id };
}

function readUntil(text: string, now: Instant): Instant {
  const until = readInstant(text, '/until');
  if (until > now) return until;
  throw invalidMember('/until', 'Must lie in the future: a wish that has ended binds nothing.', 'PAST');
}
