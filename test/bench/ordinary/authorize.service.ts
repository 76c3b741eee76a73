import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager, IsNull, MoreThan } from 'typeorm';
import type { Actor } from '../../../src/contracts/actor';
import { decide } from '../../../src/domain/decision/decide';
import type { DecisionFacts } from '../../../src/domain/decision/facts';
import type { Decision } from '../../../src/domain/decision/verdict';
import { canonicalJson, type Json } from '../../../src/domain/ledger/canonical-json';
import { parseNumber } from '../../../src/domain/phone/parse-number';
import type { Policy } from '../../../src/domain/policy/policy';
import { DAY } from '../../../src/domain/time/instant';
import { uuidV7 } from '../../../src/platform/ids/uuid-v7';
import { Keyring } from '../../../src/platform/keys/keyring';
import { answerOf, withAuthorization } from '../../../src/services/decisions/answer';
import { AuthorizationTokens } from '../../../src/services/decisions/authorization-token';
import { dialledDigits } from '../../../src/services/decisions/batch/ask-facts';
import { decisionRow, type DecisionRow } from '../../../src/services/decisions/batch/decision-record';
import type { PendingDecision } from '../../../src/services/decisions/batch/pending-decision';
import type { DecisionAnswer } from '../../../src/services/decisions/decisions.dto';
import { RoundClock } from '../served';
import type { AuthorizeDto } from './authorize.dto';
import {
  CallEntity,
  CallerIdEntity,
  CampaignEntity,
  ConsentEntity,
  EventEntity,
  NumberEntity,
  OutboxEntity,
  type PersonEntity,
  PreferenceEntity,
  WishEntity,
} from './entities';
import { callerIdFactsOf, campaignFactsOf, slotOf, subjectFactsOf } from './facts';

export const POLICY = Symbol('Policy');

/** As long as an attempt can count for any cap. */
const CALLS_BACK = 93 * DAY;
const TTL = 30_000;

/**
 * The same decision in the ordinary way: a transaction for each request, a query for each kind of fact, the person's
 * row locked so that caps are exact, then the rows of the call, its record and the outbox. Rules, record and token are
 * the gateway's own code, so that only the way to the facts and back differs.
 */
@Injectable()
export class AuthorizeService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly keyring: Keyring,
    private readonly tokens: AuthorizationTokens,
    private readonly clock: RoundClock,
    @Inject(POLICY) private readonly policy: Policy,
  ) {}

  async authorize(actor: Actor, dto: AuthorizeDto): Promise<DecisionAnswer> {
    const number = parseNumber(dto.to, dto.region);
    if (number.kind !== 'valid') throw new Error('The benchmark asks for valid numbers only.');
    const made = await this.dataSource.transaction(async (manager) => {
      const person = await this.lockPerson(manager, this.keyring.tagOfNumber(number.e164));
      const pending = pendingOf(actor, dto, number);
      const facts = await this.factsOf(manager, pending, person);
      const decision = decide(facts, this.policy);
      const made = { callId: uuidV7(facts.at), decision, facts, policyVersion: this.policy.version };
      const row = decisionRow(pending, made, {
        id: person.id,
        factsText: canonicalJson(facts.subject as unknown as Json),
        slotsText: canonicalJson(facts.slots as unknown as Json),
        wrappingKey: this.keyring.openSubjectKey(person.wrappingKey),
      });
      await this.store(manager, row, facts, dto);
      return { ...made, decidedAt: facts.at };
    });
    const answer = answerOf(made, actor);
    const { expiresAt } = made.decision;
    if (expiresAt === undefined) return answer;
    const call = {
      to: number.e164,
      campaignId: dto.campaignId,
      callerId: dialledDigits(dto.callerId),
      expiresAt,
    };
    return withAuthorization(answer, call, (claims) => this.tokens.issue(claims));
  }

  private async lockPerson(manager: EntityManager, tag: Buffer): Promise<PersonEntity> {
    const number = await manager
      .createQueryBuilder(NumberEntity, 'number')
      .innerJoinAndSelect('number.person', 'person')
      .where('number.tag = :tag', { tag })
      .setLock('pessimistic_write', undefined, ['person'])
      .getOne();
    if (number === null) throw new Error('The benchmark asks for known numbers only.');
    return number.person;
  }

  private async factsOf(
    manager: EntityManager,
    { ask, actor, body }: PendingDecision,
    person: PersonEntity,
  ): Promise<DecisionFacts> {
    const at = this.clock.at(Date.now());
    const campaignRow = await manager
      .createQueryBuilder(CampaignEntity, 'campaign')
      .leftJoinAndSelect('campaign.vendor', 'vendor')
      .leftJoinAndSelect('campaign.scripts', 'script', 'script.version = campaign.script_version')
      .where('campaign.id = :id', { id: body.campaignId })
      .getOne();
    const callerId = await manager.findOneBy(CallerIdEntity, { number: ask.callerId });
    const wishes = await manager.findBy(WishEntity, { personId: person.id, releasedAt: IsNull() });
    const consents = await manager.findBy(ConsentEntity, { personId: person.id });
    const preferences = await manager.findBy(PreferenceEntity, { personId: person.id });
    const calls = await manager.find(CallEntity, {
      where: { personId: person.id, outcome: 'allow', decidedAt: MoreThan(new Date(at - CALLS_BACK)) },
      order: { decidedAt: 'ASC' },
    });
    const foreign = actor.vendorId !== undefined && campaignRow?.vendor?.id !== actor.vendorId;
    return {
      at,
      ttl: TTL,
      ask,
      ...(campaignRow === null || foreign ? {} : { campaign: campaignFactsOf(campaignRow) }),
      vendorActive: campaignRow?.vendor == null || campaignRow.vendor.status === 'active',
      ...(callerId === null ? {} : { callerId: callerIdFactsOf(callerId) }),
      stops: [],
      subject: subjectFactsOf({ person, wishes, consents, preferences }),
      slots: calls.map(slotOf),
      registries: {},
    };
  }

  private async store(
    manager: EntityManager,
    row: DecisionRow,
    facts: DecisionFacts,
    dto: AuthorizeDto,
  ): Promise<void> {
    const personId = row.subjectId;
    if (personId === null || facts.campaign === undefined)
      throw new Error('The benchmark asks for known campaigns only.');
    await manager.insert(CallEntity, {
      id: row.callId,
      personId,
      clientId: row.clientId,
      externalCallId: dto.external?.callId ?? null,
      campaignId: facts.campaign.id,
      vendorId: row.vendorId,
      purpose: facts.campaign.purpose,
      outcome: row.outcome,
      codes: codesOf(row),
      policyVersion: this.policy.version,
      decidedAt: new Date(row.decidedAt),
      expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
      notBefore: row.notBefore === null ? null : new Date(row.notBefore),
    });
    await manager.insert(EventEntity, {
      eventId: row.eventId,
      type: 'call.decided.v1',
      personId,
      recordedAt: new Date(row.decidedAt),
      clear: JSON.parse(row.clear) as object,
      ...row.record,
    });
    await manager.insert(OutboxEntity, { bucket: row.bucket, eventId: row.eventId });
  }
}

const codesOf = (row: DecisionRow): Decision['reasons'][number]['code'][] =>
  row.codes === '' ? [] : (row.codes.split(';') as Decision['reasons'][number]['code'][]);

function pendingOf(
  actor: Actor,
  dto: AuthorizeDto,
  number: Extract<ReturnType<typeof parseNumber>, { kind: 'valid' }>,
): PendingDecision {
  return {
    actor,
    body: dto,
    bodyText: canonicalJson({ ...dto } as unknown as Json),
    e164: number.e164,
    ask: {
      number,
      campaignId: dto.campaignId,
      callerId: dialledDigits(dto.callerId),
      voice: dto.voice ?? 'ai',
      ...(dto.timeZone === undefined ? {} : { timeZone: dto.timeZone }),
      ...(dto.subdivision === undefined ? {} : { subdivision: dto.subdivision }),
      ...(actor.vendorId === undefined ? {} : { vendorId: actor.vendorId }),
    },
  };
}
