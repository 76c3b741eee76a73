import { Type } from '@sinclair/typebox';
import { LABELLED } from '../../domain/results/mapping';
import { Count, event, ofPerson, oneOf, Slug, Uuid, word } from './shapes';

const FLAG_KIND = word('wrong_person', 'vulnerable', 'complaint_threat', 'unmapped_result');
const FINDINGS = ['refusal_not_reported', 'talked_on'] as const;

const ofReport = { resultId: Uuid, vendorId: Slug };
const mapping = {
  vendorId: Slug,
  version: Type.Integer({ minimum: 1, maximum: 999_999 }),
  by: Uuid,
};

export const flagEvents = {
  'flag.raised.v1': event('Something was heard or found that a person with compliance has to look at.', {
    ...ofPerson,
    flagId: Uuid,
    kind: FLAG_KIND,
    callId: Type.Optional(Uuid),
    vendorId: Type.Optional(Slug),
    suppressionId: Type.Optional(Uuid),
  }),
  'flag.resolved.v1': event('Somebody has looked at it.', {
    ...ofPerson,
    flagId: Uuid,
    kind: FLAG_KIND,
    resolution: Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,63}$' }),
    approvalId: Type.Optional(Uuid),
    resolvedBy: Uuid,
  }),
};

export const resultEvents = {
  'result.mapping_requested.v1': event('Somebody asked to read a vendor’s words more loosely.', mapping),
  'result.mapping_changed.v1': event('How a vendor’s words are read was made or changed.', {
    ...mapping,
    approvalId: Type.Optional(Uuid),
    askedBy: Type.Optional(Uuid),
  }),
  'result.received.v1': event('A vendor reported after the call. What it says is sealed.', {
    ...ofPerson,
    ...ofReport,
    callId: Type.Optional(Uuid),
  }),
  'result.applied.v1': event('What a report obliges to was done.', {
    ...ofPerson,
    ...ofReport,
    callId: Type.Optional(Uuid),
    attempt: Type.Integer({ minimum: 1, maximum: 999_999 }),
    state: oneOf(['applied', 'unmapped', 'unmatched']),
    mappingVersion: Type.Union([Count, Type.Null()]),
    unmappedLabels: Count,
    done: Type.Array(Type.String({ pattern: '^[a-z_]+(/[a-z_+]+|/\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z)?$' }), {
      description: 'The duties that were fulfilled now; after a slash the channels, or until when.',
    }),
    findings: Type.Array(oneOf(FINDINGS)),
  }),
  'result.label_unmapped.v1': event('A vendor used a word that nobody has mapped.', {
    ...ofReport,
    kind: oneOf([...LABELLED, 'speaker', 'session', 'fault']),
  }),
  'vendor.finding_recorded.v1': event('Something that counts against a vendor.', {
    ...ofPerson,
    ...ofReport,
    findingId: Uuid,
    kind: oneOf(FINDINGS),
    callId: Uuid,
  }),
};
