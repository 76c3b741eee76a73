import { HttpException } from '@nestjs/common';
import { AppError } from '../../contracts/app-error';
import type { ProblemCode } from '../../contracts/problems';
import { BlobsUnavailableError } from '../blobs/blob-store';
import { DatabaseUnavailableError, diagnose } from '../database/database-error';
import { BODY_LIMIT } from './json-body';

interface Known {
  code: ProblemCode;
  detail: string;
}

/** Errors that Fastify raises before a controller runs. Its own messages may quote the request, so they are not used. */
const OF_FASTIFY: Record<string, Known> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'TOO_LARGE', detail: `A body has at most ${BODY_LIMIT} bytes.` },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'UNSUPPORTED_MEDIA_TYPE',
    detail: 'Send application/json.',
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'MALFORMED',
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { code: 'MALFORMED', detail: 'The path cannot be decoded.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'NOT_FOUND', detail: 'Nothing has an id of that length.' },
};

/** What Nest, Fastify and its plugins say of a request by status alone. */
const OF_STATUS: Record<number, Known> = {
  400: { code: 'MALFORMED', detail: 'The request cannot be read.' },
  // Nobody is told that what they may not have is there.
  403: { code: 'NOT_FOUND', detail: 'There is no such endpoint.' },
  404: { code: 'NOT_FOUND', detail: 'There is no such endpoint.' },
  408: { code: 'MALFORMED', detail: 'The request did not arrive in time.' },
  413: { code: 'TOO_LARGE', detail: 'The request is too large.' },
  414: { code: 'MALFORMED', detail: 'The URL is too long.' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'Send application/json.' },
  431: { code: 'MALFORMED', detail: 'The headers are too large.' },
};

/** What to answer to any error. What we do not know is INTERNAL: only its log entry says what it was. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof DatabaseUnavailableError || diagnose(error).reason !== undefined) {
    return new AppError('DECISION_UNAVAILABLE', {
      detail: 'The database cannot do this now: ask again.',
      members: { retryAfter: 1 },
      cause: error,
    });
  }
  if (error instanceof BlobsUnavailableError) {
    return new AppError('DECISION_UNAVAILABLE', {
      detail: `${error.message.replace(/\.$/, '')}: ask again.`,
      members: { retryAfter: 5 },
      cause: error,
    });
  }
  const known = knownError(error);
  if (known !== undefined) return new AppError(known.code, { detail: known.detail, cause: error });
  return new AppError('INTERNAL', { detail: 'The request was not carried out as asked.', cause: error });
}

function knownError(error: unknown): Known | undefined {
  if (error instanceof HttpException) return ofStatus(error.getStatus());
  if (!(error instanceof Error)) return undefined;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  const known = typeof code === 'string' ? OF_FASTIFY[code] : undefined;
  return known ?? (typeof statusCode === 'number' ? ofStatus(statusCode) : undefined);
}

/** A status of the caller's fault that is not in the table is still the caller's. */
function ofStatus(status: number): Known | undefined {
  return OF_STATUS[status] ?? (status >= 400 && status < 500 ? OF_STATUS[400] : undefined);
}
