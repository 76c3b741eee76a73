import type { RequestPayload } from 'fastify';
import { AppError } from '../../contracts/app-error';
import { SECOND } from '../../domain/time/instant';

/** What the open webhooks may hold of bodies that nobody has vouched for yet. */
export interface BodyBounds {
  /** A provider sends a message in one go; whoever is slower holds memory that others need. */
  withinMs: number;
  /** Bodies that are being read at once. */
  requests: number;
  /** Bytes of all of them together. */
  bytes: number;
}

export const BODY_BOUNDS: BodyBounds = { withinMs: 10 * SECOND, requests: 256, bytes: 16 * 1_048_576 };

/**
 * Reads bodies before it is known who sent them: in bounded time, and all of them together in bounded memory. Beyond
 * it the answer is to come again, which every provider does.
 */
export class InboundBodies {
  private reading = 0;
  private held = 0;

  constructor(private readonly bounds: BodyBounds = BODY_BOUNDS) {}

  /** @throws AppError TOO_LARGE, MALFORMED where it comes too slowly or breaks off, RATE_LIMITED */
  async read(payload: RequestPayload, most: number): Promise<{ raw: Buffer; length: number }> {
    if (this.reading >= this.bounds.requests) throw busy();
    this.reading += 1;
    const chunks: Buffer[] = [];
    let length = 0;
    const take = (chunk: Buffer): AppError | undefined => {
      length += chunk.length;
      this.held += chunk.length;
      chunks.push(chunk);
      if (length > most) return tooLarge(most);
      return this.held > this.bounds.bytes ? busy() : undefined;
    };
    try {
      await this.drain(payload, take);
      return { raw: Buffer.concat(chunks), length };
    } finally {
      this.reading -= 1;
      this.held -= length;
    }
  }

  private drain(payload: RequestPayload, take: (chunk: Buffer) => AppError | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(late);
        payload.off('data', onData).off('end', onEnd).off('close', onClose);
        // What still comes is thrown away, so that the answer can be sent; an error after this is nobody's.
        payload.resume();
        if (error === undefined) resolve();
        else reject(error);
      };
      const onData = (chunk: Buffer): void => {
        const fault = take(chunk);
        if (fault !== undefined) finish(fault);
      };
      const onEnd = (): void => finish();
      const onClose = (): void => finish(brokenOff());
      const onError = (): void => finish(brokenOff());
      const late = setTimeout(() => finish(tooSlow(this.bounds.withinMs)), this.bounds.withinMs);
      payload.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onError);
    });
  }
}

/** @throws AppError TOO_LARGE for what says itself that it is. */
export function requireLength(declared: string | undefined, most: number): void {
  if (Number(declared ?? 0) > most) throw tooLarge(most);
}

const tooLarge = (most: number): AppError =>
  new AppError('TOO_LARGE', { detail: `A body has at most ${most} bytes here.` });

const tooSlow = (withinMs: number): AppError =>
  new AppError('MALFORMED', { detail: `The body did not come within ${withinMs / SECOND} seconds.` });

const brokenOff = (): AppError => new AppError('MALFORMED', { detail: 'The body broke off.' });

const busy = (): AppError =>
  new AppError('RATE_LIMITED', {
    detail: 'Too many messages are being read at this moment: send it again.',
    members: { retryAfter: 1 },
  });
