import { type Static, Type } from '@sinclair/typebox';
import { ROLES } from '../../contracts/actor';
import { writeInstant } from '../../platform/http/instants';
import {
  closed,
  listOf,
  oneOf,
  PendingApproval,
  prose,
  setOf,
  Slug,
  Timestamp,
  Uuid,
} from '../../platform/http/schemas';
import type { Client } from './client';

const KINDS = ['system', 'person'] as const;

export const ClientBody = closed({
  name: prose(200),
  kind: oneOf(KINDS),
  roles: setOf(ROLES),
  vendorId: Type.Optional(Slug),
});
export type ClientBody = Static<typeof ClientBody>;

export const KeyAnswer = Type.Object({ id: Uuid, key: Type.String() });
export type KeyAnswer = Static<typeof KeyAnswer>;

export const ClientAnswer = Type.Object({
  id: Uuid,
  name: Type.String(),
  kind: oneOf(KINDS),
  roles: Type.Array(oneOf(ROLES)),
  vendorId: Type.Optional(Type.String()),
  state: oneOf(['active', 'revoked']),
  createdAt: Timestamp,
  keys: Type.Array(Type.Object({ id: Uuid, createdAt: Timestamp, expiresAt: Type.Optional(Timestamp) })),
});
export type ClientAnswer = Static<typeof ClientAnswer>;

export const ClientList = listOf(ClientAnswer);
export const MadeOrAsked = { 201: KeyAnswer, 202: PendingApproval };

export function clientAnswer(client: Client): ClientAnswer {
  return {
    ...client,
    roles: [...client.roles],
    createdAt: writeInstant(client.createdAt),
    keys: client.keys.map(({ id, createdAt, expiresAt }) => ({
      id,
      createdAt: writeInstant(createdAt),
      ...(expiresAt === undefined ? {} : { expiresAt: writeInstant(expiresAt) }),
    })),
  };
}
