import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Actor } from '../../contracts/actor';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set before the body is read on every endpoint that is not open. */
    actor: Actor | null;
  }
}

/** Who asks. Throws on an open endpoint: whoever calls this there has made a mistake. */
export function actorOf(request: FastifyRequest): Actor {
  if (request.actor === null) throw new Error('This endpoint is open: nobody was authenticated.');
  return request.actor;
}

/** The authenticated actor as a parameter of a controller's method. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext) =>
  actorOf(context.switchToHttp().getRequest<FastifyRequest>()),
);
