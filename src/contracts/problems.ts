/** Every problem this API can answer (RFC 9457): code → slug of the permanent type URI, status, fixed title. */
export const PROBLEMS = {
  MALFORMED: { slug: 'malformed', status: 400, title: 'The request cannot be read' },
  INVALID: { slug: 'invalid', status: 422, title: 'The request does not mean anything we can do' },
  UNAUTHENTICATED: { slug: 'unauthenticated', status: 401, title: 'No valid key or token' },
  FORBIDDEN: { slug: 'forbidden', status: 403, title: 'This role may not do that' },
  SAME_PERSON: { slug: 'same-person', status: 403, title: 'The person who asked cannot decide' },
  PERSON_REQUIRED: { slug: 'person-required', status: 403, title: 'Only a person may decide this' },
  NOT_FOUND: { slug: 'not-found', status: 404, title: 'There is no such thing' },
  CONFLICT: { slug: 'conflict', status: 409, title: 'The present state does not allow that' },
  IDEMPOTENCY_IN_PROGRESS: {
    slug: 'idempotency-in-progress',
    status: 409,
    title: 'The first request with this key is still running',
  },
  IDEMPOTENCY_MISMATCH: {
    slug: 'idempotency-mismatch',
    status: 422,
    title: 'This key was used with another request',
  },
  AUTHORIZATION_ENDED: {
    slug: 'authorization-ended',
    status: 409,
    title: 'The authorization of this call has ended',
  },
  RECORD_ERASED: { slug: 'record-erased', status: 410, title: 'This record has been erased' },
  TOO_LARGE: { slug: 'too-large', status: 413, title: 'The request is too large' },
  UNSUPPORTED_MEDIA_TYPE: {
    slug: 'unsupported-media-type',
    status: 415,
    title: 'This content type is not understood here',
  },
  RATE_LIMITED: { slug: 'rate-limited', status: 429, title: 'Too many requests' },
  DECISION_UNAVAILABLE: {
    slug: 'decision-unavailable',
    status: 503,
    title: 'No decision could be made: do not dial',
  },
  INTERNAL: { slug: 'internal', status: 500, title: 'Something failed on our side: do not dial' },
} as const satisfies Record<string, { slug: string; status: number; title: string }>;
export type ProblemCode = keyof typeof PROBLEMS;

/** One faulty member: an RFC 6901 pointer into the body, a stable code, and a sentence without its value. */
export interface ProblemMember {
  pointer: string;
  code: string;
  detail: string;
}

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  instance?: string;
  errors?: ProblemMember[];
  [extension: string]: unknown;
}

/** The permanent URI of a problem; a URN, because we promise no domain that we do not own (SHAPES, "Status"). */
export const problemType = (code: ProblemCode): string => `urn:quietline:problem:${PROBLEMS[code].slug}`;
