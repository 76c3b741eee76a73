import { type Static, Type } from '@sinclair/typebox';
import { writeInstant } from '../../../platform/http/instants';
import { closed, listOf, prose, Timestamp } from '../../../platform/http/schemas';

export const EntityBody = closed({ name: prose(200) });
export type EntityBody = Static<typeof EntityBody>;

export const EntityAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type EntityAnswer = Static<typeof EntityAnswer>;
export const EntityList = listOf(EntityAnswer);

/** What an answer is made of, wherever it is kept. */
interface EntityRecord {
  id: string;
  name: string;
  createdAt: Date;
  updatedAt: Date;
}

export function entityAnswer({ id, name, createdAt, updatedAt }: EntityRecord): EntityAnswer {
  return {
    id,
    name,
    createdAt: writeInstant(createdAt.getTime()),
    updatedAt: writeInstant(updatedAt.getTime()),
  };
}
