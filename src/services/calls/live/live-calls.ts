import websocket, { type WebSocket } from '@fastify/websocket';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AppError } from '../../../contracts/app-error';
import { LOG, type Log } from '../../../platform/observability/logger';
import { CallReportsService } from '../call-reports.service';
import { CallParams } from '../calls.dto';
import { CallsService } from '../calls.service';
import { LiveCallers, LIVE_PATH, SUBPROTOCOL, protocolsOf } from './live-callers';
import { LiveFrames } from './live-frames';
import { LiveSeats } from './live-seats';
import { LiveSession } from './live-session';
import { LiveWatch } from './live-watch';

/** The longest report is a transcript of 8,192 characters, each of them at most six bytes as an escape. */
const LARGEST_FRAME = 65_536;

/** A peer that does not say goodbye in this time is left. */
const FAREWELL_MS = 1_000;

/**
 * `GET /v1/calls/{callId}/live`: reports and directives over one connection (SHAPES, "WebSocket"). The role table judges
 * who connects, before the upgrade; a call of another is not there.
 */
@Injectable()
export class LiveCalls implements OnModuleInit, OnModuleDestroy {
  private readonly seats = new LiveSeats();
  private closing = false;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly callers: LiveCallers,
    private readonly reports: CallReportsService,
    private readonly calls: CallsService,
    private readonly watch: LiveWatch,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /**
   * Both are loaded when the server gets ready, in this order. Not awaited: that would end the server's registration
   * before the other routes and their error handler are there.
   */
  onModuleInit(): void {
    const server = this.host.httpAdapter.getInstance<FastifyInstance>();
    void server.register(websocket, {
      options: {
        maxPayload: LARGEST_FRAME,
        perMessageDeflate: false,
        handleProtocols: (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
      },
      // The peer is told why by the close frame that is on its way; whoever does not take it is left.
      errorHandler: (_error: Error, socket: WebSocket) => {
        setTimeout(() => socket.terminate(), FAREWELL_MS).unref();
      },
    });
    void server.register((scope, _options, done) => {
      this.addRoute(scope);
      done();
    });
    this.watch.start();
  }

  private addRoute(server: FastifyInstance): void {
    const frames = new LiveFrames(server);
    server.route({
      method: 'GET',
      url: LIVE_PATH,
      schema: { params: CallParams },
      config: { callerWithoutHeader: (request) => this.callers.byToken(request) },
      preHandler: (request) => this.admit(request),
      handler: () => {
        throw notAWebSocket();
      },
      wsHandler: (socket: WebSocket, request: FastifyRequest) => this.open(socket, request, frames),
    });
  }

  /** Before the bus and the pool stop: what has come is answered first. */
  async onModuleDestroy(): Promise<void> {
    this.closing = true;
    await this.watch.stop(FAREWELL_MS);
  }

  /** @throws AppError before the upgrade, so that it is an ordinary problem. */
  private async admit(request: FastifyRequest): Promise<void> {
    if (!request.ws) throw notAWebSocket();
    if (!protocolsOf(request).includes(SUBPROTOCOL)) {
      throw new AppError('MALFORMED', { detail: `Offer the subprotocol ${SUBPROTOCOL}.` });
    }
    if (this.closing) {
      throw new AppError('DECISION_UNAVAILABLE', { detail: 'The gateway is stopping: ask again.' });
    }
    const caller = await this.callers.callerOf(request);
    await this.calls.standing(caller, callIdOf(request));
    const giveBack = this.seats.take(callIdOf(request), caller.clientId);
    // Also where the upgrade fails after this.
    request.raw.socket.once('close', giveBack);
    if (request.raw.socket.destroyed) giveBack();
  }

  private open(socket: WebSocket, request: FastifyRequest, frames: LiveFrames): void {
    const { actor } = request;
    if (actor === null) throw new Error('Nobody was authenticated.');
    const callId = callIdOf(request);
    const session = new LiveSession(
      socket,
      {
        callId,
        frames,
        log: this.log,
        caller: () => this.callers.callerOf(request),
        report: (caller, report) => this.reports.report(caller, callId, report),
      },
      actor,
    );
    this.watch.add(session);
    socket.on('close', () => this.watch.remove(session));
  }
}

const callIdOf = (request: FastifyRequest): string => (request.params as CallParams).callId;

const notAWebSocket = (): AppError =>
  new AppError('MALFORMED', { detail: `This is a WebSocket: upgrade, and offer ${SUBPROTOCOL}.` });
