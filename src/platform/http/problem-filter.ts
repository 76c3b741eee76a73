import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AppError } from '../../contracts/app-error';
import { PROBLEMS } from '../../contracts/problems';
import type { Log } from '../observability/logger';
import { toAppError } from './to-app-error';

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** The one place where an error becomes an answer (RFC 9457). */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const context = host.switchToHttp();
    answerProblem(
      exception,
      context.getRequest<FastifyRequest>(),
      context.getResponse<FastifyReply>(),
      this.log,
    );
  }
}

const READY = 'GET /health/ready';

/** Also for errors that the server meets before there is a route. */
export function answerProblem(
  exception: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  log: Log,
): void {
  const error = toAppError(exception);
  const { status } = PROBLEMS[error.code];
  if (status >= 500) {
    const route = `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
    // Readiness is asked every second, and says in words of its own when it changes.
    const level = route === READY ? 'debug' : 'error';
    log[level](
      { err: error.cause ?? error, requestId: request.id, route, code: error.code },
      'Request failed.',
    );
  }
  // Whoever asked has gone, or an answer was begun: there is nobody to tell.
  if (reply.sent) return;
  void reply
    .code(status)
    .headers(headersOf(error, status))
    .send(JSON.stringify(error.toProblem(`urn:uuid:${request.id}`)));
}

function headersOf(error: AppError, status: number): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': PROBLEM_TYPE, 'cache-control': 'no-store' };
  // RFC 9110 section 11.6.1.
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  const { retryAfter } = error.members;
  if (typeof retryAfter === 'number') headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  return headers;
}
