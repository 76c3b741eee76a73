import { Injectable } from '@nestjs/common';
import type { Instant } from '../../domain/time/instant';

/**
 * What orders facts is the database's clock, read after the row lock (RULINGS 1, 2). Every such reading passes
 * through here, so that a test can put the whole gateway at another moment.
 */
@Injectable()
export class DatabaseTime {
  /** The moment to decide at, given the database's reading. */
  at(reading: Instant): Instant {
    return reading;
  }
}
