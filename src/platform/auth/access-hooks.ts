import type {
  FastifyContextConfig,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  HookHandlerDoneFunction,
} from 'fastify';
import { accessOf } from '../../contracts/access';
import type { AccessEntry } from '../../contracts/access/entry';
import { type Actor, hasRole, type Role } from '../../contracts/actor';
import { AppError } from '../../contracts/app-error';
import type { Authenticator } from './authenticator';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Who asks, where no `Authorization` header came: a route may know its callers by something else that they hold.
     * Rejects with the problem to answer. The role table judges whoever it names.
     */
    callerWithoutHeader?: (request: FastifyRequest) => Promise<Actor>;
  }
}

type Hook = (request: FastifyRequest, reply: FastifyReply, done: HookHandlerDoneFunction) => void;

/**
 * Puts authentication and the role table in front of every route, before its body is read: so nobody unknown makes us
 * parse anything, and a missing role is told before a fault in the body. A hook of Fastify and not a guard of Nest,
 * because guards run after the body's schema.
 *
 * Must be called before any route is registered. A route without an entry in the table stops the start.
 */
export function guardRoutes(server: FastifyInstance, authenticator: Authenticator): void {
  server.decorateRequest('actor', null);
  server.addHook('onRoute', (route) => {
    const methods = Array.isArray(route.method) ? route.method : [route.method];
    for (const method of methods) {
      const entry = accessOf(method, route.url);
      if (entry === undefined) throw new Error(`${method} ${route.url} is not in the access table.`);
      if (entry.roles === 'open') continue;
      const own = route.onRequest ?? [];
      const other = route.config?.callerWithoutHeader;
      route.onRequest = [
        hookOf(entry, entry.roles, authenticator, other),
        ...(Array.isArray(own) ? own : [own]),
      ];
    }
  });
}

function hookOf(
  entry: AccessEntry,
  roles: readonly Role[],
  authenticator: Authenticator,
  callerWithoutHeader: FastifyContextConfig['callerWithoutHeader'],
): Hook {
  return (request, _reply, done) => {
    const admit = (actor: Actor): void => {
      request.actor = actor;
      if (hasRole(actor, ...roles)) done();
      else done(new AppError('FORBIDDEN', { detail: `This needs one of the roles ${roles.join(', ')}.` }));
    };
    const header = request.headers.authorization;
    let actor: Actor | Promise<Actor>;
    try {
      if (header === undefined && callerWithoutHeader !== undefined) actor = callerWithoutHeader(request);
      else
        actor =
          entry.checkedInWrite === true ? authenticator.fromMemory(header) : authenticator.fresh(header);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (actor instanceof Promise) actor.then(admit).catch(done);
    else admit(actor);
  };
}
