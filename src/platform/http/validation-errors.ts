import type { ErrorObject } from 'ajv';
import type { ProblemMember } from '../../contracts/problems';
import { maskText } from '../observability/masking';

const MAX_ERRORS = 100;
const MAX_PART = 200;

type Params = Record<string, unknown>;

/** Validation keyword → our stable code and a sentence. Sentences quote the schema, never the value. */
const SENTENCES: Record<string, { code: string; detail: (params: Params) => string }> = {
  required: { code: 'REQUIRED', detail: () => 'This member is required.' },
  dependentRequired: {
    code: 'REQUIRED',
    detail: () => 'This member is required beside another that is there.',
  },
  additionalProperties: { code: 'UNKNOWN_MEMBER', detail: () => 'There is no such member here.' },
  unevaluatedProperties: { code: 'UNKNOWN_MEMBER', detail: () => 'There is no such member here.' },
  type: { code: 'TYPE', detail: ({ type }) => `Must be of type ${words(type)}.` },
  format: {
    code: 'FORMAT',
    detail: ({ format }) => FORMATS[String(format)] ?? `Must be a ${String(format)}.`,
  },
  pattern: { code: 'FORMAT', detail: ({ pattern }) => `Must match ${String(pattern)}.` },
  enum: { code: 'NOT_ALLOWED', detail: ({ allowedValues }) => `Must be one of ${words(allowedValues)}.` },
  const: { code: 'NOT_ALLOWED', detail: ({ allowedValue }) => `Must be ${words(allowedValue)}.` },
  minLength: { code: 'LENGTH', detail: ({ limit }) => `Must have at least ${Number(limit)} characters.` },
  maxLength: { code: 'LENGTH', detail: ({ limit }) => `Must have at most ${Number(limit)} characters.` },
  minItems: { code: 'LENGTH', detail: ({ limit }) => `Must have at least ${Number(limit)} items.` },
  maxItems: { code: 'LENGTH', detail: ({ limit }) => `Must have at most ${Number(limit)} items.` },
  minProperties: { code: 'LENGTH', detail: ({ limit }) => `Must have at least ${Number(limit)} members.` },
  maxProperties: { code: 'LENGTH', detail: ({ limit }) => `Must have at most ${Number(limit)} members.` },
  minimum: { code: 'RANGE', detail: range },
  maximum: { code: 'RANGE', detail: range },
  exclusiveMinimum: { code: 'RANGE', detail: range },
  exclusiveMaximum: { code: 'RANGE', detail: range },
  uniqueItems: { code: 'DUPLICATE', detail: () => 'Must not hold the same item twice.' },
  anyOf: { code: 'ALTERNATIVE', detail: () => 'Has none of the forms that are allowed here.' },
  discriminator: { code: 'NOT_ALLOWED', detail: () => 'Must name one of the kinds there are here.' },
  oneOf: { code: 'ALTERNATIVE', detail: () => 'Must have exactly one of the forms that are allowed here.' },
};

/** Codes of `errors` that any endpoint may give; use cases have further ones. */
export const MEMBER_CODES = [...new Set([...Object.values(SENTENCES).map(({ code }) => code), 'CHARACTER'])];

const FORMATS: Record<string, string> = {
  'date-time': 'Must be a time with an offset (RFC 3339).',
  date: 'Must be a date (YYYY-MM-DD).',
  uuid: 'Must be a UUID in lower case.',
  uri: 'Must be a URI.',
};

function range({ comparison, limit }: Params): string {
  return `Must be ${String(comparison)} ${Number(limit)}.`;
}

function words(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join(', ') : String(value);
}

/** The faults of a value by member, at most a hundred, in the validator's order. */
export function membersOf(errors: readonly ErrorObject[]): ProblemMember[] {
  const alternatives = errors.filter((error) => error.keyword === 'anyOf' || error.keyword === 'oneOf');
  const members = new Map<string, ProblemMember>();
  for (const error of errors) {
    if (members.size === MAX_ERRORS) break;
    if (alternatives.some((whole) => isBranchOf(error, whole))) continue;
    const { code, detail } = SENTENCES[error.keyword] ?? {
      code: 'INVALID',
      detail: () => 'Is not what is allowed here.',
    };
    const pointer = pointerOf(error);
    // A value of the wrong type is never one of the allowed words either.
    if (error.keyword === 'enum' && members.has(`${pointer}\nTYPE`)) continue;
    const key = `${pointer}\n${code}`;
    if (!members.has(key)) members.set(key, { pointer, code, detail: detail(error.params) });
  }
  return [...members.values()];
}

/** What one alternative misses says nothing while another would have done. */
function isBranchOf(error: ErrorObject, whole: ErrorObject): boolean {
  return error !== whole && error.schemaPath.startsWith(`${whole.schemaPath}/`);
}

function pointerOf({ instancePath, params }: ErrorObject): string {
  const { missingProperty, additionalProperty, unevaluatedProperty, tag } = params as Record<string, unknown>;
  const member = missingProperty ?? additionalProperty ?? unevaluatedProperty ?? tag;
  if (typeof member !== 'string') return instancePath;
  return `${instancePath}/${pointerPart(member)}`;
}

/**
 * A member's name as part of a pointer (RFC 6901 section 3). The name may be the caller's own, and so hold anything,
 * even a phone number.
 */
export function pointerPart(member: string): string {
  return maskText(member.slice(0, MAX_PART)).replaceAll('~', '~0').replaceAll('/', '~1').toWellFormed();
}
