import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Config } from '../../config/load-config';
import { SECOND } from '../../domain/time/instant';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database } from '../../platform/database/database';
import { CONFIG } from '../../platform/installation/tokens';
import { LOG, type Log } from '../../platform/observability/logger';
import { MonitorWatch } from './monitor-watch';
import { MonitorsRepository } from './monitors.repository';
import { RunMonitors } from './run-monitors';

/** Runs the monitors again and again, one run at a time in this process and one in all. */
@Injectable()
export class MonitorTimer implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private readonly leaving = new AbortController();

  constructor(
    private readonly monitors: RunMonitors,
    private readonly watch: MonitorWatch,
    private readonly repository: MonitorsRepository,
    private readonly database: Database,
    private readonly time: DatabaseTime,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    const { everySeconds } = this.config.monitors;
    if (everySeconds === 0) return;
    this.timer = setInterval(() => {
      this.running ??= this.run().finally(() => (this.running = undefined));
    }, everySeconds * SECOND).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    this.leaving.abort();
    await this.running;
  }

  /** Once, now. */
  async run(): Promise<void> {
    try {
      const reading = await this.database.transaction((tx) => this.repository.now(tx));
      const stopped = await this.monitors.run(this.time.at(reading), this.leaving.signal);
      if (stopped !== undefined) this.watch.evaluated();
      if (stopped !== undefined && stopped.length > 0) {
        this.log.warn({ stops: stopped }, 'Monitors have stopped campaigns or vendors.');
      }
    } catch (error) {
      this.log.error({ err: error }, 'The monitors could not run; tried again at their next time.');
    }
  }
}
