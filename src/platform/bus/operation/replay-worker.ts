import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { LOG, type Log } from '../../observability/logger';
import { EVENT_BUS, type EventBus } from '../event-bus';
import { Pause } from '../pause';
import { Letters } from './letters';

/** Whoever asks waits for less than a second until somebody looks. */
const LOOK_EVERY_MS = 500;
const LONGEST_REST_MS = 10_000;
/** How long a stop waits for a replay in hand; after that the request is taken up elsewhere. */
const LAST_WAIT_MS = 1_000;

/** Does what operators asked of the dead letters of this process's consumers, one after the other. */
@Injectable()
export class ReplayWorker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pause = new Pause();
  private running: Promise<void> | undefined;
  private stopping = false;
  private failures = 0;

  constructor(
    private readonly letters: Letters,
    @Inject(EVENT_BUS) private readonly bus: EventBus,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run(this.bus.consumers.map(({ name }) => name));
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping = true;
    this.pause.end();
    await Promise.race([this.running, new Promise((resolve) => setTimeout(resolve, LAST_WAIT_MS).unref())]);
  }

  private async run(consumers: readonly string[]): Promise<void> {
    while (!this.stopping && consumers.length > 0) {
      const found = await this.once(consumers);
      if (!found && !this.stopping) {
        await this.pause.for(Math.min(LONGEST_REST_MS, LOOK_EVERY_MS * 2 ** this.failures));
      }
    }
  }

  /** Whether there was one. Never rejects: what could not be done is taken up again when its minute is over. */
  private async once(consumers: readonly string[]): Promise<boolean> {
    try {
      const asked = await this.letters.take(consumers);
      if (asked !== undefined) {
        await this.letters.finish(asked, await this.bus.replayDeadLetter(asked.consumer, asked.eventId));
      }
      this.failures = 0;
      return asked !== undefined;
    } catch (error) {
      if (this.failures === 0) this.log.warn({ err: error }, 'A dead letter could not be replayed now.');
      this.failures += 1;
      return false;
    }
  }
}
