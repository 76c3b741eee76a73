import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HOUR } from '../../domain/time/instant';
import { LOG, type Log } from '../observability/logger';
import { Metrics } from '../observability/metrics';

/** How long a stop waits for the portions in hand; each is stored whole or not at all in any case. */
const DRAIN_MS = 2_000;

/** Goes on portion by portion; before the next one it looks whether the signal asks it to leave the rest. */
export type UpkeepTask = (stopping: AbortSignal) => Promise<void>;

/**
 * Which process keeps things up. Every task is safe in any number of processes at once, so a turn only saves work: two
 * processes that both believe it theirs do no harm.
 */
export abstract class UpkeepTurn {
  /** Asked before every round. One that throws is taken for a no. */
  abstract isOurs(): Promise<boolean>;
}

/**
 * What has to be done every hour, in the background. Each task is on its own: one that fails, or takes long, keeps no
 * other from being done, and is tried again in an hour.
 */
@Injectable()
export class Upkeep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly tasks = new Map<string, UpkeepTask>();
  private readonly inHand = new Map<string, Promise<void>>();
  private readonly stop = new AbortController();
  private readonly failures;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly turn: UpkeepTurn,
    @Inject(LOG) private readonly log: Log,
    metrics: Metrics,
  ) {
    this.failures = metrics.counter({
      name: 'quietline_upkeep_failures_total',
      help: 'Rounds of hourly upkeep that failed.',
      labels: ['task'],
    });
  }

  /** In `onModuleInit`. The name is that of a metric's label and of the log: kebab-case. */
  register(name: string, task: UpkeepTask): void {
    if (this.tasks.has(name)) throw new Error(`There is an upkeep task named ${name} already.`);
    this.tasks.set(name, task);
    this.failures.inc({ task: name }, 0);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.round(), HOUR).unref();
  }

  /** The pool closes after this hook: what has not ended by then fails, and is done by whoever comes next. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    this.stop.abort();
    let late: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (late = setTimeout(resolve, DRAIN_MS)));
    await Promise.race([Promise.all(this.inHand.values()), patience]);
    clearTimeout(late);
  }

  /** Does one task now, whosever turn it is; one that is being done is waited for. Never rejects. */
  run(name: string): Promise<void> {
    const task = this.tasks.get(name);
    if (task === undefined) throw new Error(`There is no upkeep task named ${name}.`);
    const running = this.inHand.get(name);
    if (running !== undefined) return running;
    const begun = this.attempt(name, task).finally(() => this.inHand.delete(name));
    this.inHand.set(name, begun);
    return begun;
  }

  private async round(): Promise<void> {
    try {
      if (!(await this.turn.isOurs())) return;
    } catch (error) {
      this.log.warn(
        { err: error },
        'Whose turn upkeep is could not be found out; looked at again in an hour.',
      );
      return;
    }
    if (this.stop.signal.aborted) return;
    await Promise.all([...this.tasks.keys()].map((name) => this.run(name)));
  }

  private async attempt(name: string, task: UpkeepTask): Promise<void> {
    try {
      await task(this.stop.signal);
    } catch (error) {
      this.failures.inc({ task: name });
      this.log.warn({ err: error, task: name }, 'Upkeep failed; tried again in an hour.');
    }
  }
}
