import { accessOf } from '../../contracts/access';
import type { AccessEntry } from '../../contracts/access/entry';
import { type ProblemCode, PROBLEMS } from '../../contracts/problems';
import { MEMBER_CODES } from '../http/validation-errors';

interface Operation {
  requestBody?: unknown;
  parameters?: readonly { in?: string }[];
  responses?: Record<string, unknown>;
}
interface Document {
  paths?: object;
  components?: { schemas?: object };
}

const TEXT = { type: 'string' };
const URI = { type: 'string', format: 'uri' };

/** Problem details (RFC 9457) with our members. */
const PROBLEM = {
  type: 'object',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { ...URI, description: 'Permanent: urn:quietline:problem:<slug>.' },
    title: { ...TEXT, description: 'The same for every problem of this type.' },
    status: { type: 'integer' },
    code: { type: 'string', enum: Object.keys(PROBLEMS) },
    detail: { ...TEXT, description: 'This occurrence. Never holds a phone number.' },
    instance: { ...URI, description: 'The request: urn:uuid:<X-Request-Id>.' },
    errors: {
      type: 'array',
      description: 'The faulty members of the body.',
      items: {
        type: 'object',
        required: ['pointer', 'code', 'detail'],
        properties: {
          pointer: { ...TEXT, description: 'RFC 6901.' },
          code: { ...TEXT, description: `${MEMBER_CODES.join(', ')}, or one of the use case.` },
          detail: TEXT,
        },
      },
    },
  },
};

/** Adds to every operation the problems that it can answer. */
export function describeProblems<T extends Document>(document: T): T {
  for (const [path, operations] of Object.entries((document.paths ?? {}) as Record<string, object>)) {
    for (const [method, operation] of Object.entries(operations as Record<string, Operation>)) {
      const entry = accessOf(method.toUpperCase(), path.replace(/\{(\w+)\}/g, ':$1'));
      if (entry === undefined) continue;
      operation.responses = { ...operation.responses, ...problemsOf(entry, operation) };
    }
  }
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: PROBLEM },
  };
  return document;
}

/** Which problems an endpoint can answer, by what it takes. */
function problemsOf(entry: AccessEntry, operation: Operation): Record<string, unknown> {
  const codes: ProblemCode[] = ['INTERNAL', 'DECISION_UNAVAILABLE', 'MALFORMED'];
  if (entry.roles !== 'open') codes.push('UNAUTHENTICATED', 'FORBIDDEN');
  if (entry.path.includes(':')) codes.push('NOT_FOUND');
  if (entry.method !== 'GET') codes.push('CONFLICT');
  if (entry.method === 'POST') codes.push('IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_MISMATCH');
  if (operation.requestBody !== undefined) codes.push('INVALID', 'TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (operation.parameters?.some((parameter) => parameter.in === 'query') === true) codes.push('INVALID');
  const answers: Record<string, unknown> = {};
  for (const status of new Set(codes.map((code) => PROBLEMS[code].status))) {
    const of = [...new Set(codes)].filter((code) => PROBLEMS[code].status === status);
    answers[status] = {
      description: of.map((code) => `\`${code}\`: ${PROBLEMS[code].title}.`).join(' '),
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return answers;
}
