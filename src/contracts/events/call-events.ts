import { Type } from '@sinclair/typebox';
import { REPORT_FLAGS } from '../../domain/call/report';
import { DIRECTIVE_TYPES } from '../../domain/call/directives';
import { REASON_CODES } from '../../domain/decision/reason-codes';
import { event, Millis, ofPerson, oneOf, ourWords, Slug, Timestamp, Uuid } from './shapes';

const campaignId = Type.Optional(Type.Union([Slug, Type.Null()]));
const vendorId = Type.Optional(Slug);

const ofCall = { callId: Uuid, campaignId };

/** One schema for all that a dialer reports: what a report says beside its type stays sealed. */
const report = (description: string) =>
  event(description, {
    ...ofCall,
    ...ofPerson,
    vendorId,
    at: Type.Integer({
      ...Millis,
      description: 'When it happened, as was reported: milliseconds since 1970.',
    }),
    effective: Type.Boolean({
      description: 'False where it contradicts an earlier report and changes nothing.',
    }),
    flags: Type.Array(oneOf(REPORT_FLAGS), { uniqueItems: true }),
  });

export const callDecisions = {
  'call.decided.v1': event('A request to call somebody was decided. Recorded before the answer left.', {
    ...ofCall,
    ...ofPerson,
    vendorId,
    outcome: oneOf(['allow', 'deny', 'defer']),
    codes: Type.Array(oneOf(REASON_CODES), {
      uniqueItems: true,
      description:
        'Why not, each code once. Also where the campaign is only observed and the outcome is allow.',
    }),
    expiresAt: Type.Optional(Timestamp),
    notBefore: Type.Optional(Timestamp),
  }),
  'call.request.rejected.v1': event(
    'A request to call somebody could not be read: nothing was decided, do not dial.',
    {
      code: Type.String({ pattern: '^[A-Z][A-Z_]{0,63}$' }),
      callId: Type.Optional(Type.String({ format: 'uuid', description: 'The call that has the answer.' })),
      errors: Type.Optional(
        Type.Array(
          Type.Object(
            {
              pointer: Type.String({
                pattern: '^(/([A-Za-z_]{1,64}|\\d{1,4})?)*$',
                description: 'RFC 6901, into the data.',
              }),
              code: Type.String({ pattern: '^[A-Z][A-Z_]{0,63}$' }),
            },
            { additionalProperties: false },
          ),
        ),
      ),
      ...ofPerson,
    },
  ),
};

export const callEvents = {
  'call.redeemed.v1': event('The one-use token of a call was redeemed at the carrier.', {
    ...ofCall,
    ...ofPerson,
  }),
  'call.redemption_refused.v1': event(
    'A token was shown and does not stand for this call: it was not connected.',
    {
      ...ofCall,
      ...ofPerson,
      reason: oneOf(['used', 'late', 'void', 'mismatch']),
    },
  ),
  'call.placed.v1': report('The call was placed.'),
  'call.not_placed.v1': report('The call was not placed after all: it takes no slot.'),
  'call.ringing.v1': report('It rings.'),
  'call.answered.v1': report('Somebody or something answered.'),
  'call.machine_detected.v1': report('A machine answered.'),
  'call.disclosure_played.v1': report('The customer was told that a machine speaks.'),
  'call.transcript.v1': report('Something was said. The words are sealed.'),
  'call.dtmf.v1': report('A key was pressed.'),
  'call.refused.v1': report('The customer refused.'),
  'call.human_requested.v1': report('The customer asked for a person.'),
  'call.transferred.v1': report('A person took over.'),
  'call.recording.v1': report('A recording was kept elsewhere; its digest is sealed.'),
  'call.failed.v1': report('The call failed.'),
  'call.ended.v1': report('The call ended.'),
  'call.directive.v1': event(
    'A word of the customer’s or a stop has ended this call, or voided its token. Recorded only while a webhook follows it.',
    {
      ...ofCall,
      vendorId,
      directives: Type.Array(
        Type.Object(
          {
            type: oneOf(DIRECTIVE_TYPES),
            reason: ourWords,
          },
          { additionalProperties: false },
        ),
        { minItems: 1 },
      ),
    },
  ),
};
