import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import type { EventType } from '../../../contracts/topics';
import { HOUR, type Instant, MINUTE, SECOND } from '../../../domain/time/instant';
import { type BusEvent, type Consumer, EVENT_BUS, type EventBus } from '../../../platform/bus/event-bus';
import { Pause } from '../../../platform/bus/pause';
import { CLOCK, type Clock } from '../../../platform/clock/clock';
import { Database, type Tx } from '../../../platform/database/database';
import { uuidV7Floor, uuidV7Instant } from '../../../platform/ids/uuid-v7';
import { LOG, type Log } from '../../../platform/observability/logger';
import { WebhooksRepository } from '../webhooks.repository';
import { type OpenStop, StopDirectivesRepository } from './stop-directives.repository';
import { DIRECTIVE, StoppedCalls } from './stopped-calls';

/** No call goes on for longer (RULINGS 4): two hours, and the longest life of its token. */
const LONGEST_CALL = 2 * HOUR + 2 * MINUTE;
/** Calls are named by the database's clock, which another one has read by now. */
const CLOCKS_APART = 5 * SECOND;
/** Ids of so long a time are looked through in one statement, which has an end even where few calls are the stop's. */
const SLICE = 10 * MINUTE;
const AT_ONCE = 250;
const IDLE_MS = 250;
const SILENCE_MS = 60_000;

/**
 * Tells dialers of each call that a stop has ended, or whose token it made void. A stop may end any number of calls, so its
 * event only opens the work; slices of it follow, each stored with how far it has come, in whichever process is free.
 */
@Injectable()
export class StopDirectives
  implements Consumer, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown
{
  readonly name = 'stop-directives';
  readonly types: readonly EventType[] = ['stop.recorded.v1'];
  readonly onDemand = true;
  private readonly pause = new Pause();
  private running: Promise<void> | undefined;
  private stopping = false;
  private silentUntil = 0;

  constructor(
    private readonly repository: StopDirectivesRepository,
    private readonly webhooks: WebhooksRepository,
    private readonly stopped: StoppedCalls,
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(LOG) private readonly log: Log,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
  ) {}

  onModuleInit(): void {
    this.bus.subscribe(this);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  onModuleDestroy(): void {
    this.stopping = true;
    this.pause.end();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.running;
  }

  async handle(tx: Tx, event: BusEvent): Promise<void> {
    if (!(await this.webhooks.anyFollows(tx, DIRECTIVE))) return;
    const { id: stopId } = JSON.parse(event.data) as { id: string };
    const now = this.clock.now();
    await this.repository.open(tx, {
      stopId,
      causeEventId: event.id,
      from: uuidV7Floor(uuidV7Instant(stopId) - LONGEST_CALL),
      until: uuidV7Floor(now + CLOCKS_APART),
    });
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      let more = false;
      try {
        more = await this.step();
      } catch (error) {
        if (performance.now() >= this.silentUntil) {
          this.silentUntil = performance.now() + SILENCE_MS;
          this.log.error({ err: error }, 'Calls of a stop could not be told; trying again.');
        }
      }
      if (!this.stopping) await this.pause.for(more ? 0 : IDLE_MS);
    }
  }

  /** Whether there may be more to do at once. */
  private async step(): Promise<boolean> {
    if (!(await this.repository.anyOpen())) return false;
    await this.stopped.refresh();
    return this.database.transaction(async (tx) => {
      const open = await this.repository.takeOldest(tx);
      if (open === undefined) return false;
      const now = this.clock.now();
      const end = sliceEnd(open);
      const callIds = await this.repository.calls(tx, open, end, AT_ONCE);
      await this.stopped.tell(tx, callIds, { causeEventId: open.causeEventId, at: now });
      const position = callIds.length === AT_ONCE ? (callIds.at(-1) ?? end) : end;
      await this.repository.advance(tx, open.stopId, position, position === open.until ? now : null);
      return true;
    });
  }
}

function sliceEnd({ position, until }: OpenStop): string {
  const end = uuidV7Floor(instantOf(position) + SLICE);
  return end < until ? end : until;
}

/** A floor is no UUIDv7 to its last bit, but its time is in the same place. */
const instantOf = (id: string): Instant => uuidV7Instant(`${id.slice(0, 14)}7000-8000-000000000000`);
