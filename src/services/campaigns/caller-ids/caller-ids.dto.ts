import { type Static, Type } from '@sinclair/typebox';
import { CALLER_ID_CLASSES, PURPOSES } from '../../../domain/decision/purpose';
import { writeInstant } from '../../../platform/http/instants';
import { closed, listOf, oneOf, prose, setOf, Slug, Timestamp } from '../../../platform/http/schemas';

const MAX_VENDORS = 200;

export const CallerIdBody = closed({
  number: Type.String({
    pattern: '^\\+?[0-9][0-9 ().-]{1,30}$',
    description: 'As dialled: 95588 is not E.164 and is welcome.',
  }),
  class: oneOf(CALLER_ID_CLASSES),
  entity: Slug,
  rightOfUse: closed({ document: prose(500), expires: Timestamp }),
  purposes: setOf(PURPOSES),
  vendors: Type.Array(Slug, { maxItems: MAX_VENDORS, uniqueItems: true }),
});
export type CallerIdBody = Static<typeof CallerIdBody>;

export const CallerIdAnswer = Type.Object({
  id: Type.String(),
  number: Type.String(),
  class: oneOf(CALLER_ID_CLASSES),
  entity: Type.String(),
  rightOfUse: Type.Object({ document: Type.String(), expires: Timestamp }),
  purposes: Type.Array(oneOf(PURPOSES)),
  vendors: Type.Array(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type CallerIdAnswer = Static<typeof CallerIdAnswer>;
export const CallerIdList = listOf(CallerIdAnswer);

/** What an answer is made of, wherever it is kept. */
interface CallerIdRecord extends Omit<CallerIdBody, 'rightOfUse'> {
  id: string;
  rightOfUseDocument: string;
  rightOfUseExpires: Date;
  createdAt: Date;
  updatedAt: Date;
}

export function callerIdAnswer(row: CallerIdRecord): CallerIdAnswer {
  const { rightOfUseDocument, rightOfUseExpires, createdAt, updatedAt, ...rest } = row;
  return {
    ...rest,
    rightOfUse: { document: rightOfUseDocument, expires: writeInstant(rightOfUseExpires.getTime()) },
    createdAt: writeInstant(createdAt.getTime()),
    updatedAt: writeInstant(updatedAt.getTime()),
  };
}
