import fc from 'fast-check';
import { DAY, HOUR, MINUTE, SECOND } from '../../../domain/time/instant';
import type { Sent } from '../outbound/event-post';
import { DEFAULT_WEBHOOK_OPTIONS } from '../webhook-options';
import { nextStep } from './next-step';

const AT = Date.parse('2026-11-20T08:00:00Z');
const after = (sent: Sent, attempt = 1, chance = 0.5) =>
  nextStep({ sent, attempt, at: AT, chance }, DEFAULT_WEBHOOK_OPTIONS);
const status = (code: number, retryAfter?: string): Sent => ({
  kind: 'answered',
  status: code,
  ...(retryAfter === undefined ? {} : { retryAfter }),
});

describe('what follows from an attempt', () => {
  it.each([200, 201, 202, 204, 299])('%d is success', (code) => {
    expect(after(status(code))).toEqual({ state: 'delivered', outcome: 'DELIVERED', status: code });
  });

  it.each([101, 301, 302, 307, 400, 401, 404, 500, 502, 504])('%d is tried again', (code) => {
    expect(after(status(code))).toEqual({
      state: 'pending',
      outcome: 'REFUSED',
      status: code,
      waitMs: 5 * SECOND,
    });
  });

  it('410 ends it, and the subscription', () => {
    expect(after(status(410))).toEqual({ state: 'dead', outcome: 'GONE', status: 410, gone: true });
  });

  it('waits as the specification does, and gives up after ten attempts', () => {
    const waits = Array.from(
      { length: 10 },
      (_, index) => after({ kind: 'failed', code: 'TIMEOUT' }, index + 1).waitMs,
    );
    expect(waits).toEqual([
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      14 * HOUR,
      20 * HOUR,
      24 * HOUR,
      undefined,
    ]);
    expect(after({ kind: 'failed', code: 'TIMEOUT' }, 10)).toEqual({ state: 'dead', outcome: 'TIMEOUT' });
  });

  it('spreads retries by a tenth to either side, never outside 5 s to 24 h', () => {
    expect(after(status(500), 2, 0).waitMs).toBe(4.5 * MINUTE);
    expect(after(status(500), 2, 0.999999).waitMs).toBe(5.5 * MINUTE);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, chance) => {
          const { waitMs = 0 } = after(status(500), attempt, chance);
          return waitMs >= 5 * SECOND && waitMs <= DAY;
        },
      ),
    );
  });

  it.each([
    ['seconds', '120', 2 * MINUTE, 2 * MINUTE],
    ['a date', 'Fri, 20 Nov 2026 08:10:00 GMT', 10 * MINUTE, 10 * MINUTE],
    ['a date gone by', 'Fri, 20 Nov 2026 07:00:00 GMT', 5 * SECOND, 0],
    ['less than we ever wait', '1', 5 * SECOND, SECOND],
    ['more than we ever wait', '999999', DAY, HOUR],
  ])('honours Retry-After in %s', (_, header, waitMs, holdMs) => {
    for (const code of [429, 503])
      expect(after(status(code, header))).toMatchObject({ state: 'pending', waitMs, holdMs });
  });

  it.each(['soon', '-5', '1e9', '2026-11-20', '', '99999999999'])('passes over Retry-After: %s', (header) => {
    expect(after(status(503, header))).toEqual({
      state: 'pending',
      outcome: 'REFUSED',
      status: 503,
      waitMs: 5 * SECOND,
    });
  });

  it('holds the subscriber even where this was the last try, and for no other status', () => {
    expect(after(status(429, '60'), 10)).toEqual({
      state: 'dead',
      outcome: 'REFUSED',
      status: 429,
      holdMs: MINUTE,
    });
    expect(after(status(500, '60'))).not.toHaveProperty('holdMs');
  });
});
