import { Injectable } from '@nestjs/common';
import { MINUTE } from '../../../domain/time/instant';
import { Database } from '../../../platform/database/database';
import { uuidV7Floor, uuidV7Instant } from '../../../platform/ids/uuid-v7';
import { type OpenReplay, ReplaysRepository } from './replays.repository';

/** Ids of so long a time are looked through in one statement, which has an end even where few events are wanted. */
const SLICE_MS = 10 * MINUTE;
const AT_ONCE = 500;

/**
 * Queues the events of asked replays again, a slice at a time. How far it has come is stored with what it queued, so
 * that another process goes on where one was killed.
 */
@Injectable()
export class ReplayQueue {
  constructor(
    private readonly database: Database,
    private readonly replays: ReplaysRepository,
  ) {}

  /** Whether there may be more to do at once. */
  async step(): Promise<boolean> {
    if (!(await this.replays.anyOpen())) return false;
    return this.database.transaction(async (tx) => {
      const replay = await this.replays.takeOldest(tx);
      if (replay === undefined) return false;
      const end = sliceEnd(replay);
      const { read, last } = await this.replays.queue(tx, replay, end, AT_ONCE);
      const position = read === AT_ONCE && last !== undefined ? last : end;
      await this.replays.advance(tx, replay.id, position, position === replay.until);
      return true;
    });
  }
}

function sliceEnd({ position, until }: OpenReplay): string {
  const end = uuidV7Floor(instantOf(position) + SLICE_MS);
  return end < until ? end : until;
}

/** A floor is no UUIDv7 to its last bit, but its time is in the same place. */
function instantOf(id: string): number {
  return uuidV7Instant(`${id.slice(0, 14)}7000-8000-000000000000`);
}
