import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../../platform/database/database';
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
  private loading: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly readiness: Readiness,
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

  /** Everything committed before the call is seen. One small query where nothing has changed. */
  async fresh(): Promise<Settings> {
    const { text, name } = VERSION_QUERY;
    const [row] = await this.database.query<{ version: string }>(text, [], name);
    if (this.settings?.version === row?.version) return this.current();
    // A reading under way may have begun before the change that we have just seen; then one more begins.
    await this.loading;
    if (this.settings?.version !== row?.version) {
      this.loading ??= this.load();
      await this.loading;
    }
    return this.current();
  }

  private async load(): Promise<void> {
    try {
      this.settings = settingsOf(await this.database.transaction(readSettings));
    } finally {
      this.loading = undefined;
    }
  }
}
