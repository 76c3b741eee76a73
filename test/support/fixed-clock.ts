import type { Instant } from '../../src/domain/time/instant';
import type { Clock } from '../../src/platform/clock/clock';

/** A clock that stands still until a test moves it. */
export class FixedClock implements Clock {
  constructor(private instant: Instant) {}

  /** Starts at an RFC 3339 time, which must carry its offset. */
  static at(rfc3339: string): FixedClock {
    const instant = Date.parse(rfc3339);
    if (Number.isNaN(instant) || !/(?:Z|[+-]\d\d:\d\d)$/.test(rfc3339)) {
      throw new Error(`Not an RFC 3339 time: ${rfc3339}`);
    }
    return new FixedClock(instant);
  }

  now(): Instant {
    return this.instant;
  }

  advance(ms: number): void {
    this.instant += ms;
  }

  set(instant: Instant): void {
    this.instant = instant;
  }
}
