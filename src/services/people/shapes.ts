import { type Static, type TProperties, Type } from '@sinclair/typebox';
import type { Json } from '../../domain/ledger/canonical-json';
import { CHANNELS, PURPOSES } from '../../domain/decision/purpose';
import { closed, DEFAULT_PAGE, MAX_PAGE, setOf } from '../../platform/http/schemas';

/** Shapes that wishes, preferences and consents share. */

export const Channels = setOf(CHANNELS);
export const Purposes = setOf(PURPOSES);

const MAX_EVIDENCE_MEMBERS = 30;
const MAX_EVIDENCE_TEXT = 4_000;

/**
 * What shows that the person said so, in the words of whoever heard it: a flat object, or a sentence. It is kept
 * sealed, as it was given.
 */
export const EvidenceBody = Type.Union([
  Type.String({ minLength: 1, maxLength: MAX_EVIDENCE_TEXT }),
  Type.Unsafe<Record<string, string | number | boolean>>({
    type: 'object',
    minProperties: 1,
    maxProperties: MAX_EVIDENCE_MEMBERS,
    additionalProperties: {
      anyOf: [{ type: 'string', maxLength: MAX_EVIDENCE_TEXT }, { type: 'number' }, { type: 'boolean' }],
    },
  }),
]);
export type EvidenceBody = Static<typeof EvidenceBody>;

export function readEvidence(evidence: EvidenceBody): { [member: string]: Json | undefined } {
  return typeof evidence === 'string' ? { text: evidence } : evidence;
}

/** A search is a POST, because what is searched for must not stand in a URL; so its page is in the body, too. */
export function searchBodyWith<T extends TProperties>(members: T) {
  return closed({
    ...members,
    limit: Type.Integer({ minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE }),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  });
}
