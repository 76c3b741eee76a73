import { type Static, Type } from '@sinclair/typebox';
import { closed, prose } from '../../../platform/http/schemas';
import { EvidenceBody, readEvidence } from '../shapes';
import { NumberText, readNumber, Region } from '../word-target';
import type { WrongNumberInput } from '../people/wrong-number';

export const WrongNumberBody = closed({
  number: NumberText,
  region: Type.Optional(Region),
  reason: prose(2_000),
  evidence: Type.Optional(EvidenceBody),
});
export type WrongNumberBody = Static<typeof WrongNumberBody>;

/** What the body means. @throws AppError INVALID naming the member */
export function readWrongNumber(body: WrongNumberBody): Omit<WrongNumberInput, 'personId' | 'actor'> {
  const { reason, evidence } = body;
  return {
    number: readNumber(body.number, body.region, '/number'),
    reason,
    ...(evidence === undefined ? {} : { evidence: readEvidence(evidence) }),
  };
}
