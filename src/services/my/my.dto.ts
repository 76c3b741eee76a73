import { type Static, Type } from '@sinclair/typebox';
import { CALL_STATES } from '../../domain/call/call-state';
import { PURPOSES } from '../../domain/decision/purpose';
import { closed, oneOf, Timestamp, Uuid } from '../../platform/http/schemas';
import { NumberText, Region } from '../people/word-target';
import { searchMembers } from '../people/person-finder';
import { MY_LANGUAGES } from './my-texts';

export const LinkBody = closed({
  language: Type.Optional(oneOf(MY_LANGUAGES)),
  send: Type.Optional({
    ...oneOf(['none', 'sms']),
    description:
      'With `sms` the link goes to a telephone of this person alone, by `SMS_SENDER_URL`, and is not in the answer. Without `number` to the only one; without `language` in that of its country. Default: `none`.',
  }),
  number: Type.Optional(NumberText),
  region: Type.Optional(Region),
});
export type LinkBody = Static<typeof LinkBody>;

export const LinkAnswer = Type.Object({
  linkId: Uuid,
  url: Type.Optional(
    Type.String({
      description: 'Shown once, and not at all where it was sent. It opens the page once, for 15 minutes.',
    }),
  ),
  expiresAt: Timestamp,
});
export type LinkAnswer = Static<typeof LinkAnswer>;

export const ViewBody = closed({
  ...searchMembers,
  language: Type.Optional(oneOf(MY_LANGUAGES)),
  cursor: Type.Optional(Uuid),
});
export type ViewBody = Static<typeof ViewBody>;

export const ViewAnswer = Type.Object({
  personId: Uuid,
  calls: Type.Array(
    Type.Object({
      callId: Uuid,
      at: Timestamp,
      entity: Type.String({ description: 'The name of the part of the institution.' }),
      line: Type.String(),
      purpose: oneOf(PURPOSES),
      state: oneOf(CALL_STATES),
      why: Type.Array(Type.String(), { description: 'Sentences for the person, in the language asked for.' }),
    }),
  ),
  nextCursor: Type.Union([Type.String(), Type.Null()]),
  wishes: Type.Array(Type.Object({ since: Timestamp, whole: Type.Boolean() })),
});
export type ViewAnswer = Static<typeof ViewAnswer>;

export const LinkParams = closed({ link: Type.String({ minLength: 1, maxLength: 64 }) });
export const PageQuery = closed({ before: Type.Optional(Uuid) });
export type PageQuery = Static<typeof PageQuery>;
