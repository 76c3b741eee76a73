import { type Static, Type } from '@sinclair/typebox';
import { AGE_BANDS } from '../../../domain/decision/purpose';
import { closed, listOf, listQueryWith, oneOf, Timestamp, Uuid } from '../../../platform/http/schemas';
import { searchMembers } from '../person-finder';
import { CustomerId, NumberText, Region } from '../word-target';

export const CustomerParams = closed({ id: CustomerId });

const known = {
  ageBand: Type.Optional(oneOf(AGE_BANDS)),
  timeZone: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'IANA zone of the address.' }),
  ),
  subdivision: Type.Optional(
    Type.String({ pattern: '^[A-Z]{2}-[A-Z0-9]{1,3}$', description: 'ISO 3166-2.' }),
  ),
};

export const PersonBody = closed({
  numbers: Type.Array(NumberText, {
    maxItems: 50,
    description: 'All of them: what is not named is given up.',
  }),
  region: Type.Optional(Region),
  ...known,
});
export type PersonBody = Static<typeof PersonBody>;

export const PersonReceipt = Type.Object({
  personId: Uuid,
  customerId: Type.String(),
  numbers: Type.Array(Type.String({ description: 'Masked.' })),
  ...known,
});
export type PersonReceipt = Static<typeof PersonReceipt>;

export const LookupBody = closed(searchMembers);
export type LookupBody = Static<typeof LookupBody>;

export const PersonAnswer = Type.Object({
  personId: Uuid,
  kind: oneOf(['person', 'household', 'number']),
  customerId: Type.Optional(Type.String()),
  numbers: Type.Array(Type.String({ description: 'Masked, unless asked for with a reason.' })),
  ...known,
  members: Type.Optional(
    Type.Array(Uuid, { description: 'Of a household: the people who claim its number.' }),
  ),
  households: Type.Optional(
    Type.Array(Uuid, { description: 'Of a person: records of numbers that others claim, too.' }),
  ),
  wishes: Type.Array(Uuid, { description: 'Suppressions that bind now.' }),
  preferences: Type.Array(Uuid, { description: 'Preferences that hold now.' }),
  consents: Type.Array(Uuid, {
    description: 'Consents that are at hand; whether one counts is decided by call.',
  }),
});
export type PersonAnswer = Static<typeof PersonAnswer>;

export const TimelineQuery = listQueryWith({
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
});
export type TimelineQuery = Static<typeof TimelineQuery>;

export const TimelineItem = Type.Object({
  at: Timestamp,
  type: Type.String(),
  eventId: Uuid,
  subjectId: Uuid,
  clear: Type.Record(Type.String(), Type.Unknown(), { description: 'What left the gateway with the event.' }),
  record: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()], {
    description: 'What was sealed, opened and masked; null once the person is erased.',
  }),
});
export type TimelineItem = Static<typeof TimelineItem>;
export const Timeline = listOf(TimelineItem);
