import canonicalize from 'canonicalize';
import { decide } from '../../../domain/decision/decide';
import type { DecisionFacts, Slot, SubjectFacts } from '../../../domain/decision/facts';
import { canonicalJson, type Json } from '../../../domain/ledger/canonical-json';
import { parseNumber } from '../../../domain/phone/parse-number';
import { policyFrom } from '../../../domain/policy/policy';
import { shippedPolicyBody } from '../../../packs/load-packs';
import { commitment } from '../../../domain/ledger/entry';
import { open } from '../../../platform/keys/sealing';
import { openRecord } from '../../../platform/keys/record-seal';
import { decisionRow, payloadBytes } from './decision-record';
import type { PendingDecision } from './pending-decision';

const TEN = Date.parse('2026-11-20T10:00:00+08:00');
const policy = policyFrom(shippedPolicyBody(), 'sha256:test');
const SUBJECT: SubjectFacts = {
  persons: [{ personId: 'p-1', ageBand: '18_64' }],
  wishes: [],
  preferences: [],
  grants: [
    {
      id: 'g-1',
      personId: 'p-1',
      scope: { kind: 'entity', id: 'bank' },
      purposes: ['marketing'],
      channels: ['voice_ai'],
      attributes: { express: true },
      grantedAt: TEN - 1_000_000,
    },
  ],
  withdrawals: [],
  cooldowns: [],
};
const SLOT: Slot = {
  callId: 'earlier',
  campaignId: 'spring-card',
  purpose: 'marketing',
  decidedAt: TEN - 40 * 86_400_000,
  expiresAt: TEN - 40 * 86_400_000 + 30_000,
};
const pendingOf = (to: string, customerId = 'C-1'): PendingDecision => {
  const body = {
    to,
    campaignId: 'spring-card',
    callerId: '95588',
    customerId,
    external: { callId: 'x\n"1"' },
  };
  return {
    actor: { clientId: 'client', name: '拨号系统 “A”', kind: 'system', roles: ['dialer'], vendorId: 'v' },
    body,
    bodyText: canonicalJson(body),
    ask: { number: parseNumber(to), campaignId: 'spring-card', callerId: '95588', voice: 'ai' },
  };
};
const factsOf = (pending: PendingDecision, more: Partial<DecisionFacts> = {}): DecisionFacts => ({
  at: TEN,
  ttl: 30_000,
  ask: pending.ask,
  campaign: {
    id: 'spring-card',
    entity: 'bank',
    line: 'cards',
    product: '金卡',
    purpose: 'marketing',
    callerIds: ['main'],
    voice: 'ai',
    state: 'running',
    approvedUntil: TEN + 1_000_000,
    sharesData: false,
    usesSensitiveData: false,
    script: {
      version: 'v1',
      kind: 'fixed',
      approved: true,
      disclosure: '您好，我是人工智能',
      textSha256: 'a',
    },
  },
  vendorActive: true,
  callerId: {
    id: 'main',
    class: 'enterprise',
    entity: 'bank',
    purposes: ['marketing'],
    vendors: [],
    rightOfUseExpires: TEN + 1_000_000_000,
  },
  stops: [],
  subject: SUBJECT,
  slots: [SLOT],
  registries: {},
  ...more,
});

describe('the payload of a decision', () => {
  const cases: [string, PendingDecision, Partial<DecisionFacts>][] = [
    ['an allow', pendingOf('+8613912345678'), {}],
    ['a deferral', pendingOf('+8613912345678'), { at: Date.parse('2026-11-20T12:30:00+08:00') }],
    [
      'a refusal of a stranger',
      pendingOf('+8613912345678', '客户 1'),
      { subject: { ...SUBJECT, grants: [] } },
    ],
    ['a number that is none', pendingOf('218Ihungup'), {}],
  ];

  it.each(cases)('of %s is canonical JSON of everything that was known and decided', (_, pending, more) => {
    const facts = factsOf(pending, more);
    const decision = decide(facts, policy);
    const row = {
      factsText: canonicalJson(facts.subject as unknown as Json),
      slotsText: canonicalJson(facts.slots as unknown as Json),
    };
    const made = { callId: 'call-1', decision, facts, policyVersion: policy.version };
    const bytes = payloadBytes(pending, made, row);
    const payload = JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
    expect(canonicalize(payload)).toBe(bytes.toString('utf8'));
    expect(payload).toMatchObject({ callId: 'call-1', request: pending.body, policyVersion: policy.version });
    expect(payload['facts']).toEqual(facts);
    expect(payload['decision']).toMatchObject({ outcome: decision.outcome, reasons: decision.reasons });
  });

  it('without campaign and caller id leaves them out', () => {
    const pending = pendingOf('+8613912345678');
    const { campaign: _campaign, callerId: _callerId, ...facts } = factsOf(pending);
    const made = { callId: 'call-1', decision: decide(facts, policy), facts, policyVersion: policy.version };
    const row = { factsText: canonicalJson(SUBJECT as unknown as Json), slotsText: '[]' };
    const text = payloadBytes(pending, made, row).toString('utf8');
    expect(canonicalize(JSON.parse(text))).toBe(text);
  });

  it('is what the record opens to, and what the entry commits to', () => {
    const pending = pendingOf('+8613912345678');
    const facts = factsOf(pending);
    const made = { callId: 'call-1', decision: decide(facts, policy), facts, policyVersion: policy.version };
    const wrappingKey = Buffer.alloc(32, 7);
    const texts = {
      factsText: canonicalJson(SUBJECT as unknown as Json),
      slotsText: canonicalJson([{ ...SLOT }]),
    };
    const {
      record,
      clear,
      eventId: id,
    } = decisionRow(pending, made, { id: 'subject', ...texts, wrappingKey });
    const payload = payloadBytes(pending, made, texts);
    expect(openRecord(wrappingKey, { id, ...record })).toEqual(payload);
    const key = open(wrappingKey, record.wrappedKey, id).subarray(0, 32);
    expect(JSON.parse(record.entry.toString('utf8'))).toMatchObject({
      c: commitment(key, payload),
      t: 'call.decided.v1',
      ts: new Date(TEN).toISOString(),
      v: 1,
    });
    expect(clear).not.toContain('139');
    expect(() => openRecord(Buffer.alloc(32, 8), { id, ...record })).toThrow();
  });
});
