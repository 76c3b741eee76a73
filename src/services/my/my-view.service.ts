import { Injectable } from '@nestjs/common';
import type { Actor } from '../../contracts/actor';
import { type CallState, callState } from '../../domain/call/call-state';
import { standingGrants } from '../../domain/consent/grants';
import { isKnownCall } from '../../domain/decision/checks/check';
import type { Wish } from '../../domain/decision/facts';
import type { Instant } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import type { Tx } from '../../platform/database/database';
import { erased, PersonRecord } from '../people/person-record';
import type { LockedSubject } from '../people/subjects.port';
import { SettingsCache } from '../settings/settings-cache';
import { dayOf, type MyLanguage, textsOf } from './my-texts';
import { type AllowedCall, MyViewReader } from './my-view.reader';

export const CALLS_A_PAGE = 20;
/** A call that was allowed and, as far as anybody knows, never placed is no call. */
const NOT_CALLED: ReadonlySet<CallState> = new Set(['refused', 'authorized', 'void', 'not_placed']);

export interface MyCall {
  callId: string;
  at: Instant;
  /** The name of the institution's part that the call was made for. */
  entity: string;
  line: string;
  purpose: string;
  state: CallState;
  /** Sentences for the person. */
  why: string[];
}

export interface MyWish {
  since: Instant;
  /** Whether it covers every marketing call and message of the group. */
  whole: boolean;
}

export interface MyView {
  language: MyLanguage;
  calls: MyCall[];
  /** Names the page after this one. */
  next?: string;
  wishes: MyWish[];
}

/** Who called a person, for whom, why it was allowed, and what the person has asked for. */
@Injectable()
export class MyViewService {
  constructor(
    private readonly reader: MyViewReader,
    private readonly records: PersonRecord,
    private readonly settings: SettingsCache,
    private readonly time: DatabaseTime,
  ) {}

  /** The caller holds the row's lock. Reading is recorded in the same transaction. */
  async view(
    tx: Tx,
    own: LockedSubject,
    asked: { language: MyLanguage; before?: string; actor: Actor },
  ): Promise<MyView> {
    if (own.wrappingKey === null) throw erased();
    const { language, before, actor } = asked;
    const now = this.time.at(own.lockedAt);
    const found = await this.reader.allowedCalls(
      tx,
      { id: own.id, wrappingKey: own.wrappingKey },
      { limit: CALLS_A_PAGE + 1, ...(before === undefined ? {} : { before }) },
    );
    const page = found.slice(0, CALLS_A_PAGE);
    const last = page.at(-1);
    await this.records.recordRead(tx, own, { actor, what: 'person.view' });
    return {
      language,
      calls: page
        .map((call) => this.callOf(call, own, now, language))
        .filter((call) => !NOT_CALLED.has(call.state)),
      ...(found.length > CALLS_A_PAGE && last !== undefined ? { next: last.eventId } : {}),
      wishes: own.facts.wishes
        .filter((wish) => now < (wish.until ?? Infinity) && wish.source === 'customer')
        .map((wish) => ({ since: wish.recordedAt, whole: isWhole(wish) })),
    };
  }

  private callOf(call: AllowedCall, own: LockedSubject, now: Instant, language: MyLanguage): MyCall {
    const { facts, decision } = call.payload;
    const slot = own.slots.find(({ callId }) => callId === call.callId);
    const entity = facts.campaign?.entity ?? '';
    return {
      callId: call.callId,
      at: call.reports.find(({ type }) => type === 'placed')?.at ?? call.decidedAt,
      entity: this.settings.current().entity(entity)?.name ?? entity,
      line: facts.campaign?.line ?? '',
      purpose: facts.campaign?.purpose ?? 'marketing',
      state: callState(
        {
          outcome: 'allow',
          reports: call.reports,
          ...(decision.expiresAt === undefined ? {} : { expiresAt: decision.expiresAt }),
          ...(slot === undefined ? {} : { slot }),
        },
        now,
      ),
      why: whyOf(call, language),
    };
  }
}

/** What spoke for the call at that time: the consent that the decision saw, and that nothing spoke against it. */
function whyOf({ payload: { facts } }: AllowedCall, language: MyLanguage): string[] {
  const { why, purposes } = textsOf(language);
  if (!isKnownCall(facts)) return [why.noWish];
  const purpose = purposes[facts.campaign.purpose];
  const grant = standingGrants(facts, facts.campaign.purpose, facts.at).at(-1);
  const reason =
    grant === undefined
      ? why.noConsentNeeded(purpose)
      : why.consent(dayOf(grant.grantedAt, language), purpose);
  return [reason, why.noWish];
}

const isWhole = ({ scope, channels, purposes }: Wish): boolean =>
  scope.kind === 'group' && channels.length === 3 && purposes.includes('marketing');
