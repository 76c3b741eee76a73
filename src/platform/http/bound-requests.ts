import type { FastifyInstance } from 'fastify';
import { accessOf } from '../../contracts/access';
import { AppError } from '../../contracts/app-error';
import { actorOf } from '../auth/current-actor';

/** Four requests of each call of a large dialer, all at once. */
const MOST_IN_FLIGHT = 2_000;

/**
 * Nobody fills the queues of this process alone: a client has at most so many requests under way, told before the next
 * one's body is read. Counted until there is an answer, also where nobody is there any more to take it. Decisions have a
 * queue with bounds of its own.
 *
 * Must be called after `guardRoutes`, and before any route is registered.
 */
export function boundRequests(server: FastifyInstance, most = MOST_IN_FLIGHT): void {
  const inFlight = new Map<string, number>();
  const counted = new WeakSet<object>();
  server.addHook('onRoute', (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    const entries = methods.map((method) => accessOf(method, route.url));
    if (
      entries.some((entry) => entry === undefined || entry.roles === 'open' || entry.checkedInWrite === true)
    )
      return;
    // What was upgraded never has an answer; live connections are counted by themselves.
    if ('wsHandler' in route) return;
    const before = route.preParsing ?? [];
    const after = route.onSend ?? [];
    route.preParsing = [
      (request, _reply, _payload, done) => {
        const { clientId } = actorOf(request);
        const count = inFlight.get(clientId) ?? 0;
        if (count >= most) {
          const detail = `A client has at most ${most} requests under way.`;
          done(new AppError('RATE_LIMITED', { detail, members: { retryAfter: 1 } }));
          return;
        }
        inFlight.set(clientId, count + 1);
        counted.add(request);
        done();
      },
      ...(Array.isArray(before) ? before : [before]),
    ];
    route.onSend = [
      ...(Array.isArray(after) ? after : [after]),
      (request, _reply, payload, done) => {
        if (counted.delete(request)) {
          const { clientId } = actorOf(request);
          const left = (inFlight.get(clientId) ?? 1) - 1;
          if (left > 0) inFlight.set(clientId, left);
          else inFlight.delete(clientId);
        }
        done(null, payload);
      },
    ];
  });
}
