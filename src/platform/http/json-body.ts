import { isUtf8 } from 'node:buffer';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../contracts/app-error';
import { invalid } from './validation';
import { pointerPart } from './validation-errors';

/** SHAPES, "Status": a larger JSON body is 413. */
export const BODY_LIMIT = 1_048_576;

/**
 * Escapes that can make NUL or half of a surrogate pair; JSON takes NUL in no other way. A low half is passed over only
 * behind an escape that is one for certain: after a backslash `\\ud83d` may be mere text.
 */
const SUSPECT = /\\u(?:0000|d[89ab]..(?!\\ud[c-f])|(?<!(?<!\\)\\ud[89ab]..\\u)d[c-f])/i;

/**
 * JSON is the only content type. A body is refused that is not UTF-8 (RFC 8259 section 8.1), that would reach a
 * prototype, or that holds characters no database text and no canonical JSON can carry.
 */
export function readJsonBodies(server: FastifyInstance): void {
  const parse = server.getDefaultJsonParser('error', 'error');
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: BODY_LIMIT },
    (request, body: Buffer, done) => {
      // Endpoints whose body may be absent are called with the content type all the same.
      if (body.length === 0) return done(null, undefined);
      if (!isUtf8(body)) return done(malformed('The body is not UTF-8.'));
      const text = body.toString('utf8');
      void parse(request, text, (error, value) => {
        if (error !== null) return done(malformed('The body is not JSON.', error));
        const fault = faultOfText(text, value);
        if (fault === undefined) done(null, value);
        else done(fault);
      });
    },
  );
}

/** What is wrong with the characters of a JSON text and its value; undefined where they can be stored. */
export function faultOfText(text: string, value: unknown): AppError | undefined {
  const pointer = SUSPECT.test(text) ? pointerToBadText(value) : undefined;
  if (pointer === undefined) return undefined;
  return invalid([{ pointer, code: 'CHARACTER', detail: 'Holds NUL or half of a surrogate pair.' }]);
}

function malformed(detail: string, cause?: unknown): AppError {
  return new AppError('MALFORMED', { detail, cause });
}

/** A value and the way to it. */
interface Place {
  value: unknown;
  name: string;
  within: Place | undefined;
}

/** Without recursion, because the depth is the caller's choice; pointers are dear, so only the offender gets one. */
function pointerToBadText(root: unknown): string | undefined {
  const open: Place[] = [{ value: root, name: '', within: undefined }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value } = place;
    if (typeof value === 'string') {
      if (isBad(value)) return pointerTo(place);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, member] of Object.entries(value)) {
        // A name that cannot be written cannot be pointed at either: its object is.
        if (isBad(name)) return pointerTo(place);
        open.push({ value: member, name, within: place });
      }
    }
  }
  return undefined;
}

function pointerTo(offender: Place): string {
  const parts: string[] = [];
  for (let place = offender; place.within !== undefined; place = place.within) {
    parts.push(`/${pointerPart(place.name)}`);
  }
  return parts.reverse().join('');
}

const isBad = (text: string): boolean => text.includes('\u0000') || !text.isWellFormed();
