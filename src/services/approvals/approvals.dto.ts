import { type Static, Type } from '@sinclair/typebox';
import { writeInstant } from '../../platform/http/instants';
import { closed, listOf, listQueryWith, oneOf, prose, Timestamp, Uuid } from '../../platform/http/schemas';
import { type Approval, APPROVAL_STATES } from './approval';

const Person = Type.Object({ id: Uuid, name: Type.String() });
/** What would change depends on the kind. */
const Members = Type.Record(Type.String(), Type.Unknown());

export const ApprovalAnswer = Type.Object({
  id: Uuid,
  kind: Type.String(),
  subject: Type.String(),
  before: Type.Optional(Members),
  after: Members,
  askedBy: Person,
  askedAt: Timestamp,
  expiresAt: Timestamp,
  state: oneOf(APPROVAL_STATES),
  decidedBy: Type.Optional(Person),
  decidedAt: Type.Optional(Timestamp),
  comment: Type.Optional(Type.String()),
});
export type ApprovalAnswer = Static<typeof ApprovalAnswer>;

export const ApprovalList = listOf(ApprovalAnswer);
export const ApprovalQuery = listQueryWith({ state: Type.Optional(oneOf(APPROVAL_STATES)) });
export type ApprovalQuery = Static<typeof ApprovalQuery>;

export const DecisionBody = closed({ comment: Type.Optional(prose(2_000)) });
export type DecisionBody = Static<typeof DecisionBody>;

export function approvalAnswer(approval: Approval): ApprovalAnswer {
  const { before, decidedBy, decidedAt, comment, ...rest } = approval;
  return {
    ...rest,
    ...(before === undefined ? {} : { before }),
    askedAt: writeInstant(approval.askedAt),
    expiresAt: writeInstant(approval.expiresAt),
    ...(decidedBy === undefined ? {} : { decidedBy }),
    ...(decidedAt === undefined ? {} : { decidedAt: writeInstant(decidedAt) }),
    ...(comment === undefined ? {} : { comment }),
  };
}
