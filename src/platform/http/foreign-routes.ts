import type { FastifyInstance } from 'fastify';
import { accessOf } from '../../contracts/access';
import type { AccessEntry } from '../../contracts/access/entry';
import { AppError } from '../../contracts/app-error';
import { endpointAt, type Service, servicesOf } from '../../contracts/serving';

/**
 * In a process of one service: what another one serves is not here, even where a module brought its routes along, and
 * the problem says where it is. Must be called after `guardRoutes`, so that it comes before it: nobody needs a key to
 * be told the way. Before any route is registered.
 */
export function refuseForeignRoutes(server: FastifyInstance, service: Service): void {
  const isForeign = (entry: AccessEntry | undefined): entry is AccessEntry =>
    entry !== undefined && !servicesOf(entry).includes(service);
  server.addHook('onRoute', (route) => {
    const [method] = Array.isArray(route.method) ? route.method : [route.method];
    const entry = accessOf(method ?? 'GET', route.url);
    if (!isForeign(entry)) return;
    const own = route.onRequest ?? [];
    route.onRequest = [
      (_request, _reply, done) => done(elsewhere(entry)),
      ...(Array.isArray(own) ? own : [own]),
    ];
    route.schema = { ...route.schema, hide: true };
  });
  server.addHook('onRequest', (request, _reply, done) => {
    if (!request.is404) return done();
    const entry = endpointAt(request.method, request.url.split('?', 1)[0] ?? '');
    if (isForeign(entry)) done(elsewhere(entry));
    else done();
  });
}

function elsewhere(entry: AccessEntry): AppError {
  const services = servicesOf(entry).join(' or ');
  return new AppError('NOT_FOUND', {
    detail: `This process does not serve it: ask one of ROLE=${services}.`,
    members: { servedBy: [...servicesOf(entry)] },
  });
}
