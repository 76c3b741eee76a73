import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { DynamicModule, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest, RawRequestDefaultExpression } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from '../../config/load-config';
import { AppError } from '../../contracts/app-error';
import { guardRoutes } from '../auth/access-hooks';
import { Authenticator } from '../auth/authenticator';
import { CONFIG } from '../installation/tokens';
import { type Log, NestLogger } from '../observability/logger';
import { isUuid } from '../ids/uuid';
import { Metrics } from '../observability/metrics';
import { measureRequests } from '../health/measure-requests';
import { boundRequests } from './bound-requests';
import { refuseForeignRoutes } from './foreign-routes';
import { BODY_LIMIT, readJsonBodies } from './json-body';
import { Lifecycle } from '../health/lifecycle';
import { describeApi } from '../openapi/describe-api';
import { describeTopics } from '../openapi/describe-topics';
import { answerProblem, PROBLEM_TYPE, ProblemFilter } from './problem-filter';
import { mayBeSlow } from './slow-bodies';
import { compileValidator } from './validation';

/** Longer than any id a path can hold. */
const MAX_PARAM_LENGTH = 256;

/** Whoever sends more slowly holds a socket and memory for nothing; streams have limits of their own (`allowSlowBody`). */
const HEADERS_WITHIN_MS = 15_000;
const REQUEST_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 1_000;
/** Between two requests. */
const KEEP_ALIVE_MS = 72_000;
/** A connection on which nothing moves, in either direction: nobody waits for an answer of ours that long. */
const STILL_MS = 120_000;

/** A Nest application on Fastify, complete; it does not listen yet. */
export async function createHttpApp(module: DynamicModule, log: Logger): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(module, httpAdapter(log), appOptions(log));
  await equipHttpApp(app, log);
  return app;
}

/** For those who make the Nest application themselves, as tests do. */
export function httpAdapter(log: Log): FastifyAdapter {
  return new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_WITHIN_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: STILL_MS,
    http: { headersTimeout: HEADERS_WITHIN_MS, connectionsCheckingInterval: LOOK_EVERY_MS },
    genReqId: requestId,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // No middleware of Express is used, so its emulation need not run for every request.
    skipMiddie: true,
    // Whatever is still open when the server closes has outlived the deadline for accepted work (see Lifecycle).
    forceCloseConnections: true,
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      answerProblem(error, request, reply, log);
    },
    clientErrorHandler: answerUnreadable,
  });
}

export function appOptions(log: Logger): NestApplicationOptions {
  return { bodyParser: false, abortOnError: false, logger: new NestLogger(log) };
}

/**
 * Everything that is the same for every endpoint: the role table, bodies, schemas, problems, the API description.
 * Before `init`, because it must stand before any route does.
 */
export async function equipHttpApp(app: NestFastifyApplication, log: Log): Promise<void> {
  const server = app.getHttpAdapter().getInstance();
  server.setValidatorCompiler(compileValidator);
  readJsonBodies(server);
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    // NUL is in no path and no query of ours, and no database text can hold it.
    if (request.raw.url?.includes('%00') === true)
      done(new AppError('MALFORMED', { detail: 'The URL holds NUL.' }));
    else done();
  });
  app.get(Lifecycle).watch(server);
  measureRequests(server, app.get(Metrics));
  guardRoutes(server, app.get(Authenticator));
  const { role } = app.get<Config>(CONFIG);
  if (role !== 'all') refuseForeignRoutes(server, role);
  boundRequests(server);
  await describeApi(server);
  describeTopics(server, app.get<Config>(CONFIG));
  app.useGlobalFilters(new ProblemFilter(log));
}

/** The caller's own id where it is a UUID, so that it can stand in a URN and in a log. */
function requestId(request: RawRequestDefaultExpression): string {
  const header = request.headers['x-request-id'];
  const own = typeof header === 'string' ? header.toLowerCase() : '';
  return isUuid(own) ? own : randomUUID();
}

/** Bytes that are not HTTP never become a request; whoever sent them still gets a problem. */
function answerUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const late = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  if (late && mayBeSlow(socket)) return;
  // Opened in advance and never used: nobody waits for an answer.
  if (late && socket.bytesRead === 0) {
    socket.destroy();
    return;
  }
  const detail = UNREADABLE[error.code ?? ''] ?? 'The request is not HTTP.';
  const body = JSON.stringify(new AppError('MALFORMED', { detail }).toProblem(`urn:uuid:${randomUUID()}`));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    // The other half of the connection is not waited for: whoever got here does not close it.
    () => socket.destroy(),
  );
}

const UNREADABLE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: 'The headers are too large.',
  ERR_HTTP_REQUEST_TIMEOUT: 'The request did not arrive in time.',
};
