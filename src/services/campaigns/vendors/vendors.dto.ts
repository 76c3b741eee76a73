import { type Static, Type } from '@sinclair/typebox';
import { writeInstant } from '../../../platform/http/instants';
import { closed, listOf, oneOf, prose, Timestamp } from '../../../platform/http/schemas';

const STATUSES = ['active', 'ended'] as const;

export const VendorBody = closed({
  name: prose(200),
  status: oneOf(STATUSES),
  contact: Type.Optional(prose(500)),
});
export type VendorBody = Static<typeof VendorBody>;

export const VendorAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  status: oneOf(STATUSES),
  contact: Type.Optional(Type.String()),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type VendorAnswer = Static<typeof VendorAnswer>;
export const VendorList = listOf(VendorAnswer);

/** What an answer is made of, wherever it is kept. */
interface VendorRecord {
  id: string;
  name: string;
  status: VendorBody['status'];
  contact: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export function vendorAnswer({ contact, createdAt, updatedAt, ...row }: VendorRecord): VendorAnswer {
  return {
    ...row,
    ...(contact === null ? {} : { contact }),
    createdAt: writeInstant(createdAt.getTime()),
    updatedAt: writeInstant(updatedAt.getTime()),
  };
}
