import type { FastifyRequest } from 'fastify';
import { AppError } from '../../contracts/app-error';

const FORWARDED = ['forwarded', 'x-forwarded-proto', 'x-forwarded-host', 'x-forwarded-for'];

/**
 * How many of those whom nobody knows are served at once: each holds a connection of the pool that decisions need, and
 * anybody may come.
 */
export class MyGate {
  private inside = 0;

  constructor(private readonly most: number) {}

  /** Undefined, and nothing done, where as many are inside as may be. */
  async enter<T>(work: () => Promise<T>): Promise<{ done: T } | undefined> {
    if (this.inside >= this.most) return undefined;
    this.inside++;
    try {
      return { done: await work() };
    } finally {
      this.inside--;
    }
  }
}

export const isHttps = (publicUrl: string): boolean => publicUrl.startsWith('https:');

/**
 * A link and the session it opens are secrets of a customer: they travel by https, or do not leave this machine.
 * @throws AppError CONFLICT
 */
export function requireSafeAddress(publicUrl: string): void {
  if (isHttps(publicUrl) || isLoopback(new URL(publicUrl).hostname)) return;
  throw new AppError('CONFLICT', {
    detail: 'PUBLIC_URL must be an https URL before links to the own page can be made.',
  });
}

/**
 * Whoever comes from elsewhere to a gateway that calls itself this machine would get a cookie that may travel in clear.
 * @throws AppError CONFLICT
 */
export function requireOwnAddress(publicUrl: string, request: FastifyRequest): void {
  if (isHttps(publicUrl)) return;
  const passedOn = FORWARDED.some((name) => request.headers[name] !== undefined);
  if (!passedOn && isLoopback(request.hostname)) return;
  throw new AppError('CONFLICT', {
    detail: 'PUBLIC_URL must be the https URL of this page before anybody can open it.',
  });
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
