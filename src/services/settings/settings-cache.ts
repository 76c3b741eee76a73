import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DatabaseTime } from '../../platform/clock/database-time';
import { Database, type Tx } from '../../platform/database/database';
import { OK, Readiness } from '../../platform/health/readiness';
import { type Settings, settingsOf } from './settings';
import { readSettings, VERSION_QUERY } from './settings.reader';

/**
 * All settings in the memory of this process. Two ways to be right with them: ask for `fresh()`, or decide on
 * `current()` and let the writing statement check the version.
 */
@Injectable()
export class SettingsCache implements OnModuleInit {
  private settings: Settings | undefined;
  private reading: Promise<Settings> | undefined;
  private following: Promise<Settings> | undefined;

  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
    private readonly time: DatabaseTime,
  ) {}

  async onModuleInit(): Promise<void> {
    this.readiness.register('settings', async () => {
      await this.fresh();
      return OK;
    });
    await this.fresh();
  }

  /** As this process last saw them. */
  current(): Settings {
    if (this.settings === undefined) throw new Error('The settings are not loaded yet.');
    return this.settings;
  }

  /**
   * Everything committed before the call is seen. One small query where nothing has changed, and one reading at a time
   * however many ask: one under way may be older than a change that the caller knows of, so who comes meanwhile shares
   * the one that follows it.
   */
  fresh(): Promise<Settings> {
    if (this.reading === undefined) return this.begin();
    this.following ??= this.reading
      .catch(() => undefined)
      .then(() => {
        this.following = undefined;
        // What somebody else has begun by now is newer than everybody who waited here, too.
        return this.reading ?? this.begin();
      });
    return this.following;
  }

  /**
   * For whoever acts on `current()` without the statement that checks the version: whether a snapshot taken now has
   * the same. To be asked after the locks, in the transaction of the act.
   */
  async isCurrent(tx: Tx): Promise<boolean> {
    const [row] = await tx.query<{ version: string }>(VERSION_QUERY);
    return row?.version === this.settings?.version;
  }

  private begin(): Promise<Settings> {
    const reading = this.read().finally(() => (this.reading = undefined));
    this.reading = reading;
    return reading;
  }

  private async read(): Promise<Settings> {
    const { text, name } = VERSION_QUERY;
    const [row] = await this.database.query<{ version: string }>(text, [], name, 'decisions');
    if (this.settings?.version !== row?.version) {
      const read = (tx: Tx) => readSettings(tx, (reading) => this.time.at(reading));
      this.settings = settingsOf(await this.database.transaction(read, 'decisions'));
    }
    return this.current();
  }
}
