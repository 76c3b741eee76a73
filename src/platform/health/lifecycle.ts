import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from 'node:http';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../../contracts/app-error';

/** Half of the 10 s that SIGTERM allows: the bus and the pools close after it. */
const DRAIN_DEADLINE_MS = 5_000;
const LOOK_AGAIN_MS = 20;

/** An idle connection may already carry the next question; closed under it, the caller would get a reset for an answer. */
const LAST_QUESTIONS_MS = 1_000;

/**
 * From SIGTERM on: not ready, no new work, and what was accepted is finished before the server closes. Nest closes
 * the server after this hook and the pool after that.
 */
export class Lifecycle implements BeforeApplicationShutdown {
  private server: Server | undefined;
  private closing = false;

  get isClosing(): boolean {
    return this.closing;
  }

  /** New work is refused at the door; health and metrics go on answering until the end. */
  watch(fastify: FastifyInstance): void {
    this.server = fastify.server;
    fastify.addHook('onRequest', (request, reply, done) => {
      if (!this.closing) return done();
      void reply.header('connection', 'close');
      const path = request.routeOptions.url ?? '';
      if (path.startsWith('/health/') || path === '/metrics') return done();
      done(new AppError('DECISION_UNAVAILABLE', { detail: 'The gateway is stopping: ask again.' }));
    });
  }

  /** From now on; `beforeApplicationShutdown` would do it too, but after the hooks of other modules. */
  refuseNewWork(): void {
    this.closing = true;
  }

  /**
   * The first second of a stop: whoever asks on a connection kept open is told 503 and that it closes (RFC 9112 §9.6).
   * Over at once where no connection is open.
   */
  async answerLastQuestions(): Promise<void> {
    this.refuseNewWork();
    const { server } = this;
    if (server === undefined || !server.listening) return;
    const deadline = Date.now() + LAST_QUESTIONS_MS;
    while (Date.now() < deadline && (await connectionsOf(server)) > 0) await delay(LOOK_AGAIN_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.refuseNewWork();
    const { server } = this;
    if (server === undefined || !server.listening) return;
    const deadline = Date.now() + DRAIN_DEADLINE_MS;
    // Connections that are busy now become idle when they have their answer; idle ones are closed at each look.
    while (Date.now() < deadline) {
      server.closeIdleConnections();
      if ((await connectionsOf(server)) === 0) return;
      await delay(LOOK_AGAIN_MS);
    }
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}
