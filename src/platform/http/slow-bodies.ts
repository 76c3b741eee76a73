import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';

/** Connections whose present request brings a stream. */
const streaming = new WeakSet<Socket>();

/**
 * For the one kind of body that may take longer than a request may (see `httpAdapter`): a table that is read as it comes.
 * Its reader says how long it waits for the next part.
 */
export function allowSlowBody({ raw }: FastifyRequest): void {
  const { socket } = raw;
  streaming.add(socket);
  raw.once('close', () => streaming.delete(socket));
}

export const mayBeSlow = (socket: Socket): boolean => streaming.has(socket);
