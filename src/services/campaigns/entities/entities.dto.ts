import { type Static, Type } from '@sinclair/typebox';
import { writeInstant } from '../../../platform/http/instants';
import { closed, listOf, prose, Timestamp } from '../../../platform/http/schemas';

/** Address and contact stand in the receipts of consents (ISO/IEC TS 27560 asks for both). */
const party = { address: Type.Optional(prose(500)), contact: Type.Optional(prose(200)) };

export const EntityBody = closed({ name: prose(200), ...party });
export type EntityBody = Static<typeof EntityBody>;

export const EntityAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  address: Type.Optional(Type.String()),
  contact: Type.Optional(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type EntityAnswer = Static<typeof EntityAnswer>;
export const EntityList = listOf(EntityAnswer);

/** What an answer is made of, wherever it is kept. */
interface EntityRecord {
  id: string;
  name: string;
  address: string | null;
  contact: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export function entityAnswer(entity: EntityRecord): EntityAnswer {
  const { id, name, address, contact, createdAt, updatedAt } = entity;
  return {
    id,
    name,
    ...(address === null ? {} : { address }),
    ...(contact === null ? {} : { contact }),
    createdAt: writeInstant(createdAt.getTime()),
    updatedAt: writeInstant(updatedAt.getTime()),
  };
}
