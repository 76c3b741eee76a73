import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { AppError } from '../../contracts/app-error';
import type { ProblemMember } from '../../contracts/problems';
import { isUuid } from '../ids/uuid';
import { isRfc3339 } from './instants';
import { membersOf } from './validation-errors';

type Schema = Record<string, unknown>;

/** What Fastify expects of a validator: nothing wrong, a replaced value, or the error to answer. */
type Verdict = true | { value: unknown } | { error: AppError };

/** Bodies mean what they say: nothing is coerced, nothing is dropped. */
const bodies = ajvWith({ coerceTypes: false, allErrors: false });
const bodiesInFull = ajvWith({ coerceTypes: false, allErrors: true });
/** Query strings and paths are text, so a number in them has to be read. */
const texts = ajvWith({ coerceTypes: true, allErrors: true });

function ajvWith(options: { coerceTypes: boolean; allErrors: boolean }): Ajv {
  const ajv = new Ajv({
    ...options,
    removeAdditional: false,
    discriminator: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
  });
  addFormats(ajv, ['date', 'uri']);
  ajv.addFormat('uuid', isUuid);
  ajv.addFormat('date-time', isRfc3339);
  return ajv;
}

/** Fastify's validator compiler. `httpPart` is body, querystring, params or headers. */
export function compileValidator(route: {
  schema: unknown;
  method: string;
  httpPart?: string;
}): (value: unknown) => Verdict {
  const schema = route.schema as Schema;
  if (route.httpPart === 'body') return bodyValidator(schema);
  const validate = texts.compile(schema);
  // A path that cannot be an id names nothing; only PUT lets the caller choose the id and so deserves the reason.
  const nothingThere = route.httpPart === 'params' && route.method !== 'PUT';
  return (value) => {
    if (validate(value)) return true;
    if (nothingThere) return { error: new AppError('NOT_FOUND', { detail: 'Nothing has such an id.' }) };
    return { error: invalid(membersOf(validate.errors ?? [])) };
  };
}

function bodyValidator(schema: Schema): (value: unknown) => Verdict {
  const check = memberCheck(schema);
  const mayBeAbsent = schema['type'] === 'object' && !('required' in schema);
  return (value) => {
    // Fastify hands over null for an absent body; the literal `null` is then taken for one, too.
    if (mayBeAbsent && value === null) return { value: {} };
    const faults = check(value);
    return faults === undefined ? true : { error: invalid(faults) };
  };
}

/**
 * A check of one value by itself, such as a row of a batch: undefined where nothing is wrong. Defaults are filled in.
 *
 * Two validators: the first stops at the first fault, so that a body of a million wrong items costs one error; only a
 * body within its bounds is then looked through for all of its faults.
 */
export function memberCheck(schema: object): (value: unknown) => ProblemMember[] | undefined {
  requireBounds(schema as Schema, '');
  const first = bodies.compile(schema);
  let full: ValidateFunction | undefined;
  return (value) => {
    if (first(value)) return undefined;
    const errors = first.errors ?? [];
    if (errors.some((error) => error.keyword === 'maxItems')) return membersOf(errors);
    full ??= bodiesInFull.compile(schema);
    full(value);
    return membersOf(full.errors ?? errors);
  };
}

export function invalid(errors: ProblemMember[]): AppError {
  const named = errors.map((error) => error.pointer || 'the body').slice(0, 5);
  return new AppError('INVALID', { detail: `Look at ${named.join(', ')}.`, errors });
}

/** A body that takes unknown members, or lists without an end, is a mistake of ours and stops the start. */
function requireBounds(schema: Schema, path: string): void {
  if (schema['type'] === 'object' && !('additionalProperties' in schema)) {
    throw new Error(`The body schema takes unknown members at ${path || 'its root'}: use closed().`);
  }
  if (schema['type'] === 'array' && !('maxItems' in schema)) {
    throw new Error(`The body schema takes an endless list at ${path}: set maxItems.`);
  }
  for (const [name, part] of Object.entries(schema)) {
    if (Array.isArray(part)) part.forEach((item) => descend(item, path));
    else descend(part, name === 'properties' || name === 'items' ? path : `${path}/${name}`);
  }
}

function descend(part: unknown, path: string): void {
  if (typeof part === 'object' && part !== null && !Array.isArray(part)) requireBounds(part as Schema, path);
}
