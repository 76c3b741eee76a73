import { Injectable } from '@nestjs/common';
import { AppError } from '../../contracts/app-error';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database } from '../../platform/database/database';
import { type Page, pageOf } from '../../platform/http/cursor';
import { type StopAnswer, stopAnswer, type StopQuery } from './stops.dto';
import { StopsRepository } from './stops.repository';

/** Stops as they stand now. */
@Injectable()
export class ReadStops {
  constructor(
    private readonly stops: StopsRepository,
    private readonly database: Database,
    private readonly time: DatabaseTime,
  ) {}

  list(query: StopQuery): Promise<Page<StopAnswer>> {
    return this.database.transaction(async (tx) => {
      const now = this.time.at(await this.stops.now(tx));
      const stops = await this.stops.list(tx, query, now);
      return pageOf(
        stops,
        query.limit,
        ({ recordedAt, id }) => ({ at: recordedAt, id }),
        (stop) => stopAnswer(stop, now),
      );
    });
  }

  /** @throws AppError NOT_FOUND */
  find(id: string): Promise<StopAnswer> {
    return this.database.transaction(async (tx) => {
      const stop = await this.stops.find(tx, id);
      if (stop === undefined) throw new AppError('NOT_FOUND', { detail: 'There is no such stop.' });
      return stopAnswer(stop, this.time.at(await this.stops.now(tx)));
    });
  }
}
